#include "engine/jobs.h"

#include <algorithm>
#include <charconv>

#include "engine/error.h"
#include "engine/lexer.h"
#include "engine/name.h"
#include "engine/token_reader.h"

namespace engine {
namespace {

using Verdict = JobState::Verdict;

// In case the list is a moment behind the submission.
constexpr int kMissingLooks = 3;
constexpr std::chrono::seconds kMissingTime{2};

enum Column { kId, kStatus, kDetails, kObjectName, kObjectId };

Query make_look(const std::vector<Job>& jobs) {
  Query query{"SELECT job_id, status, details, object_name, object_id::text FROM sys.jobs "};
  const char* before = "WHERE job_id IN ($";
  for (const auto& job : jobs) {
    query.parameters.emplace_back(job.id);
    query.sql += before + std::to_string(query.parameters.size());
    before = ", $";
  }
  query.sql += ')';
  return query;
}

constexpr const char* kSelectIndex =
    "SELECT n.nspname, c.relname, i.indexrelid::text, i.indisvalid FROM pg_index i "
    "JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace ";

Query make_find_constraint(const Job& job) {
  return {
      "SELECT convalidated FROM pg_constraint WHERE conrelid = to_regclass($1) AND conname = $2",
      {job.place(), catalog_name(job.constraint_name)}};
}

void fail(JobState& state, const std::string& details) {
  state.verdict = Verdict::kFailed;
  if (!details.empty()) state.details += (state.details.empty() ? "" : "; ") + details;
}

JobState make_state(const Job& job, const std::vector<Value>* row) {
  JobState state;
  state.state = row != nullptr ? row->at(kStatus).value_or("") : "vanished";
  state.object = row != nullptr ? row->at(kObjectName).value_or(object_of(job)) : object_of(job);
  state.details = row != nullptr ? row->at(kDetails).value_or("") : "";
  return state;
}

// A job that is building an index of that name on that table.
Query make_find_other_build(const Job& job) {
  return {
      "SELECT job_id FROM sys.jobs WHERE job_type = 'INDEX_BUILD' AND status IN ('submitted', "
      "'processing') AND object_id IN (SELECT i.indexrelid FROM pg_index i JOIN pg_class c ON "
      "c.oid = i.indexrelid WHERE i.indrelid = to_regclass($1) AND c.relname = $2)",
      {job.place(), catalog_name(job.index_name)}};
}

// Of an index by its oid, then by its name, then whether another job is at work on that one. An
// index without a name and a row cannot be told from others.
void add_questions(const Job& job, const std::vector<Value>* row, std::vector<Query>* questions) {
  if (!job.constraint_name.empty()) {
    questions->push_back(make_find_constraint(job));
    return;
  }
  const auto oid = row == nullptr ? "" : row->at(kObjectId).value_or("");
  if (!oid.empty()) questions->push_back(make_find_index_by_oid(oid));
  if (job.index_name.empty()) return;
  questions->push_back(make_find_index(job.index_name, job.place()));
  if (row == nullptr) questions->push_back(make_find_other_build(job));
}

constexpr std::string_view kMarks = "%@=";

std::string encode(const std::string& name) {
  static constexpr const char* kDigits = "0123456789abcdef";
  std::string encoded;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > ' ' && byte != 0x7f && kMarks.find(c) == std::string_view::npos) {
      encoded += c;
    } else {
      encoded += {'%', kDigits[byte / 16], kDigits[byte % 16]};
    }
  }
  return encoded;
}

std::string decode(std::string_view encoded) {
  std::string name;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    int byte = 0;
    const auto digits = encoded.substr(std::min(i + 1, encoded.size()), 2);
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (encoded[i] != '%' || parsed.ec != std::errc{}) {
      name += encoded[i];
    } else {
      name += static_cast<char>(byte);
      i += digits.size();
    }
  }
  return name;
}

// What stands behind the mark; "" when it is not there. The text before it stays.
std::string take_behind(std::string& text, char mark) {
  const auto at = text.find(mark);
  if (at == std::string::npos) return "";
  const auto name = decode(std::string_view(text).substr(at + 1));
  text.resize(at);
  return name;
}

// nullopt for one of no statement of the file.
std::optional<Job> find_job(const std::string& entry, const Migration& file, Dialect dialect) {
  const auto colon = entry.find(':');
  std::size_t number = 0;
  const auto parsed =
      std::from_chars(entry.data(), entry.data() + std::min(colon, entry.size()), number);
  if (colon == std::string::npos || parsed.ec != std::errc{} || number < 1 ||
      number > file.statements.size()) {
    return std::nullopt;
  }
  auto id = entry.substr(colon + 1);
  auto name = take_behind(id, '=');
  auto schema = take_behind(id, '@');
  const auto prepared = prepare_statement(file.statements[number - 1], dialect);
  return make_job(static_cast<int>(number), std::move(id), prepared,
                  {std::move(name), std::move(schema)});
}

}  // namespace

std::string Job::place() const {
  return names.schema.empty()
             ? table_name
             : quote_identifier(names.schema) + "." + std::string(last_part(table_name));
}

std::string to_entry(const Job& job) {
  auto entry = std::to_string(job.statement) + ":" + job.id;
  if (!job.names.schema.empty()) entry += "@" + encode(job.names.schema);
  if (!job.names.given_name.empty()) entry += "=" + encode(job.names.given_name);
  return entry;
}

bool names_no_job(const std::string& entry) {
  const auto colon = entry.find(':');
  if (colon == std::string::npos) return false;
  return colon + 1 == entry.size() || entry[colon + 1] == '@' || entry[colon + 1] == '=';
}

std::vector<std::string> to_entries(const std::vector<Job>& jobs) {
  std::vector<std::string> entries;
  entries.reserve(jobs.size());
  for (const auto& job : jobs) entries.push_back(to_entry(job));
  return entries;
}

std::vector<Job> parse_entries(const std::vector<std::string>& entries, const Migration& file,
                               Dialect dialect) {
  std::vector<Job> jobs;
  jobs.reserve(entries.size());
  for (const auto& entry : entries) {
    if (auto job = find_job(entry, file, dialect)) {
      jobs.push_back(std::move(*job));
    } else if (!names_no_job(entry)) {
      throw Error(ErrorKind::kLedger, "version " + file.version + " has a job in the ledger (" +
                                          entry + ") that is of no statement of its file");
    }
  }
  return jobs;
}

Job make_job(int statement, std::string id, const PreparedStatement& prepared, JobNames names) {
  const auto& given = names.given_name;
  return {statement,
          std::move(id),
          given.empty() ? prepared.index_name : write_identifier(given),
          prepared.table_name,
          prepared.constraint_name,
          std::move(names)};
}

std::string parse_job_id(const ResultSet& result) {
  if (result.rows.empty() || result.columns.empty() || result.columns.front() != "job_id")
    return "";
  return result.rows.front().front().value_or("");
}

std::string object_of(const Job& job) {
  const auto table = job.names.schema.empty() ? job.table_name
                                              : write_identifier(job.names.schema) + "." +
                                                    std::string(last_part(job.table_name));
  if (!job.constraint_name.empty()) return table + "." + job.constraint_name;
  return job.index_name.empty() ? "an index on " + table : name_beside(table, job.index_name);
}

StatementNames::StatementNames(const std::string& sql) {
  const auto lexed = lex(sql);
  TokenReader reader(lexed.tokens);
  builds_index_ = reader.peek({"create", "index"}) || reader.peek({"create", "unique", "index"});
  changes_schema_ = reader.peek({"drop", "schema"}) || reader.peek({"alter", "schema"});
  for (const auto& token : lexed.tokens) {
    if (token.kind != TokenKind::kWord && token.kind != TokenKind::kQuotedName) continue;
    names_.insert(catalog_name(token.text));
  }
}

bool StatementNames::needs(const Job& job) const {
  if (builds_index_) return false;
  const auto is_named = [&](std::string_view name) {
    return !name.empty() && names_.contains(catalog_name(name));
  };
  return is_named(last_part(job.table_name)) || is_named(job.index_name) ||
         is_named(job.constraint_name) ||
         (changes_schema_ && !qualifier_of(job.table_name).empty());
}

Query make_find_index(const std::string& index_name, const std::string& table_name) {
  return {std::string(kSelectIndex) + "WHERE i.indrelid = to_regclass($1) AND c.relname = $2",
          {table_name, catalog_name(index_name)}};
}

Query make_find_index_by_oid(const std::string& oid) {
  return {std::string(kSelectIndex) + "WHERE i.indexrelid = $1::oid", {oid}};
}

std::optional<FoundIndex> parse_index(const ResultSet& result) {
  if (result.rows.empty()) return std::nullopt;
  const auto& row = result.rows.front();
  return FoundIndex{
      quote_identifier(row.at(0).value_or("")) + "." + quote_identifier(row.at(1).value_or("")),
      row.at(2).value_or("0"), row.at(3) == "t"};
}

Query make_find_schema(const std::string& table_name) {
  return {
      "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid "
      "= to_regclass($1)",
      {table_name}};
}

Query make_find_build(const std::string& index_oid) {
  return {
      "SELECT job_id FROM sys.jobs WHERE job_type = 'INDEX_BUILD' AND object_id = $1::oid "
      "AND status IN ('submitted', 'processing')",
      {index_oid}};
}

struct Jobs::Looked {
  const Job& job;
  const std::vector<Value>* row;  // in sys.jobs, nullptr for none
  JobState state = {};
  std::size_t first_answer = 0;  // to the questions about it
  std::vector<ResultSet> answers = {};

  bool has_ended() const { return state.state != "submitted" && state.state != "processing"; }
};

std::vector<JobState> Jobs::look(const std::vector<Job>& jobs) {
  if (jobs.empty()) return {};
  const auto list = session_.repeat(make_look(jobs));
  std::map<std::string, const std::vector<Value>*> rows;
  for (const auto& row : list.rows) rows[row.at(kId).value_or("")] = &row;
  std::vector<Looked> looks;
  std::vector<Query> questions;
  for (const auto& job : jobs) {
    const auto row = rows.find(job.id);
    Looked looked{job, row == rows.end() ? nullptr : row->second};
    looked.state = make_state(job, looked.row);
    if (looked.row != nullptr) missing_.erase(job.id);
    looked.first_answer = questions.size();
    if (looked.has_ended()) add_questions(job, looked.row, &questions);
    looks.push_back(std::move(looked));
  }
  const auto answers = session_.repeat_all(questions);
  std::vector<JobState> states;
  for (std::size_t i = 0; i < looks.size(); ++i) {
    auto& looked = looks[i];
    const auto end = i + 1 < looks.size() ? looks[i + 1].first_answer : answers.size();
    looked.answers.assign(answers.begin() + static_cast<std::ptrdiff_t>(looked.first_answer),
                          answers.begin() + static_cast<std::ptrdiff_t>(end));
    if (looked.has_ended()) {
      looked.job.constraint_name.empty() ? judge_index(looked) : judge_constraint(looked);
    }
    states.push_back(std::move(looked.state));
  }
  return states;
}

// Whether a job that is in no list, and did not do its work, may only be late in it.
bool Jobs::may_appear(const Looked& looked) {
  if (looked.row != nullptr) return false;
  const auto now = session_.clock().now();
  auto& missing = missing_.try_emplace(looked.job.id, Missing{0, now}).first->second;
  return ++missing.looks < kMissingLooks || now - missing.since < kMissingTime;
}

// Only what is its own for sure is named as to be dropped: what sys.jobs says it works on, or the
// index of its name that nobody works on.
void Jobs::judge_index(Looked& looked) {
  auto& state = looked.state;
  const bool gone = looked.row == nullptr;
  if (gone && looked.job.index_name.empty()) {
    if (!may_appear(looked)) fail(state, "which index it was building is not known any more");
    return;
  }
  if (gone && !looked.answers.at(1).rows.empty()) {
    state.state = "processing";  // another one is at work on it
    return;
  }
  if (gone) looked.answers.resize(1);
  std::optional<FoundIndex> index;
  for (const auto& answer : looked.answers) {
    if (!index) index = parse_index(answer);
  }
  if (index && !index->valid && may_appear(looked)) return;
  const bool own = gone || (index && looked.row->at(kObjectId) == index->oid);
  if (index && !index->valid && own) state.invalid_index = index->quoted_name;
  if (state.state == "failed") return fail(state, "");
  if (!index) return fail(state, "the index is not there");
  if (!index->valid) return fail(state, "the index is not valid");
  state.verdict = Verdict::kDone;
}

void Jobs::judge_constraint(Looked& looked) {
  auto& state = looked.state;
  if (state.state == "failed") return fail(state, "");
  const auto& rows = looked.answers.at(0).rows;
  if (rows.empty()) return fail(state, "the constraint is not there");
  if (rows[0].at(0) == "t") {
    state.verdict = Verdict::kDone;
  } else if (!may_appear(looked)) {
    fail(state, "the constraint is not validated");
  }
}

}  // namespace engine
