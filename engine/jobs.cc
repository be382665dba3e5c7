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

constexpr int kMissingLooks = 3;  // in case the list is a moment behind the submission

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
      {job.table_name, catalog_name(job.constraint_name)}};
}

JobState& fail(JobState& state, const std::string& details) {
  state.verdict = Verdict::kFailed;
  if (!details.empty()) state.details += (state.details.empty() ? "" : "; ") + details;
  return state;
}

Job parse_entry(const std::string& entry, const Migration& file, Dialect dialect) {
  const auto colon = entry.find(':');
  std::size_t number = 0;
  const auto parsed =
      std::from_chars(entry.data(), entry.data() + std::min(colon, entry.size()), number);
  if (colon == std::string::npos || parsed.ec != std::errc{} || number < 1 ||
      number > file.statements.size()) {
    throw Error(ErrorKind::kLedger, "version " + file.version + " has a job in the ledger (" +
                                        entry + ") that is of no statement of its file");
  }
  const auto prepared = prepare_statement(file.statements[number - 1], dialect);
  return make_job(static_cast<int>(number), entry.substr(colon + 1), prepared);
}

}  // namespace

std::string to_entry(const Job& job) { return std::to_string(job.statement) + ":" + job.id; }

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
  for (const auto& entry : entries) jobs.push_back(parse_entry(entry, file, dialect));
  return jobs;
}

Job make_job(int statement, std::string id, const PreparedStatement& prepared) {
  return {statement, std::move(id), prepared.index_name, prepared.table_name,
          prepared.constraint_name};
}

std::string parse_job_id(const ResultSet& result) {
  if (result.rows.empty() || result.columns.empty() || result.columns.front() != "job_id")
    return "";
  return result.rows.front().front().value_or("");
}

std::string object_of(const Job& job) {
  if (!job.constraint_name.empty()) return job.table_name + "." + job.constraint_name;
  return job.index_name.empty() ? "an index on " + job.table_name
                                : name_beside(job.table_name, job.index_name);
}

bool needs_job(const std::string& sql, const Job& job) {
  const auto lexed = lex(sql);
  TokenReader reader(lexed.tokens);
  if (reader.peek({"create", "index"}) || reader.peek({"create", "unique", "index"})) return false;
  const auto table = catalog_name(last_part(job.table_name));
  const auto schema = catalog_name(qualifier_of(job.table_name));
  const auto index = catalog_name(job.index_name);
  const auto constraint = catalog_name(job.constraint_name);
  return std::any_of(lexed.tokens.begin(), lexed.tokens.end(),
                     [&](const Token& token) {
                       if (token.kind != TokenKind::kWord && token.kind != TokenKind::kQuotedName)
                         return false;
                       const auto name = catalog_name(token.text);
                       return name == table || (!index.empty() && name == index) ||
                              (!constraint.empty() && name == constraint);
                     }) ||
         (!schema.empty() && reader.peek({"drop", "schema"}));
}

Query make_find_index(const std::string& index_name, const std::string& table_name) {
  if (index_name.empty()) {
    return {std::string(kSelectIndex) + "WHERE i.indrelid = to_regclass($1) ORDER BY i.indisvalid",
            {table_name}};
  }
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

Query make_find_build(const std::string& index_oid) {
  return {
      "SELECT job_id FROM sys.jobs WHERE job_type = 'INDEX_BUILD' AND object_id = $1::oid "
      "AND status IN ('submitted', 'processing')",
      {index_oid}};
}

std::vector<JobState> Jobs::look(const std::vector<Job>& jobs) {
  std::vector<JobState> states;
  if (jobs.empty()) return states;
  const auto result = session_.repeat(make_look(jobs));
  for (const auto& job : jobs) {
    const auto row = std::find_if(result.rows.begin(), result.rows.end(),
                                  [&](const auto& candidate) { return candidate[kId] == job.id; });
    states.push_back(judge(job, row == result.rows.end() ? nullptr : &*row));
  }
  return states;
}

JobState Jobs::judge(const Job& job, const std::vector<Value>* row) {
  JobState state;
  state.state = row != nullptr ? row->at(kStatus).value_or("") : "vanished";
  state.object = row != nullptr ? row->at(kObjectName).value_or(object_of(job)) : object_of(job);
  state.details = row != nullptr ? row->at(kDetails).value_or("") : "";
  if (row != nullptr) missing_.erase(job.id);
  if (state.state == "submitted" || state.state == "processing") return state;
  if (job.constraint_name.empty()) return judge_index(job, row, std::move(state));
  return judge_constraint(job, std::move(state));
}

JobState Jobs::judge_index(const Job& job, const std::vector<Value>* row, JobState state) {
  std::optional<FoundIndex> index;
  // A table's first index says nothing about an unnamed one, but an invalid one does.
  const bool named = !job.index_name.empty();
  const auto oid = row == nullptr ? "" : row->at(kObjectId).value_or("");
  if (!oid.empty()) index = parse_index(session_.repeat(make_find_index_by_oid(oid)));
  if (!index && (named || row == nullptr)) {
    index = parse_index(session_.repeat(make_find_index(job.index_name, job.table_name)));
  }
  if (index && !index->valid && row == nullptr && ++missing_[job.id] < kMissingLooks) return state;
  if (index && !index->valid) state.invalid_index = index->quoted_name;
  if (state.state == "failed") return fail(state, "");
  if (!index) return fail(state, "the index is not there");
  if (!index->valid) return fail(state, "the index is not valid");
  state.verdict = Verdict::kDone;
  return state;
}

JobState Jobs::judge_constraint(const Job& job, JobState state) {
  if (state.state == "failed") return fail(state, "");
  const auto result = session_.repeat(make_find_constraint(job));
  if (!result.rows.empty() && result.rows[0].at(0) == "t") {
    state.verdict = Verdict::kDone;
    return state;
  }
  if (state.state == "vanished" && !result.rows.empty() && ++missing_[job.id] < kMissingLooks) {
    return state;
  }
  return fail(state, result.rows.empty() ? "the constraint is not there"
                                         : "the constraint is not validated");
}

}  // namespace engine
