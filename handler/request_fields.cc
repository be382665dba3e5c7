#include "handler/request_field.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>

#include "engine/name.h"
#include "handler/ledger_schema.h"
#include "handler/placeholders.h"
#include "handler/request_error.h"

namespace handler {
namespace {

std::chrono::seconds to_seconds(const std::string& text) {
  return std::chrono::seconds(std::stoll(text));
}

template <class Value>
struct Choice {
  const char* name;
  Value value;
};

// `hint` says which there are.
template <class Value, std::size_t count>
Value choose(const char* field, const Choice<Value> (&choices)[count], const std::string& text,
             const char* hint) {
  for (const auto& choice : choices) {
    if (text == choice.name) return choice.value;
  }
  throw RequestError(field, std::string("unknown ") + field + " '" + text + "'", hint);
}

constexpr Choice<Command> kCommands[] = {
    {"apply", Command::kApply},       {"status", Command::kStatus},
    {"plan", Command::kPlan},         {"validate", Command::kValidate},
    {"info", Command::kInfo},         {"hash", Command::kHash},
    {"undo", Command::kUndo},         {"repair", Command::kRepair},
    {"baseline", Command::kBaseline}, {"adopt", Command::kAdopt},
};

Command parse_command(const std::string& text) {
  return choose("command", kCommands, text,
                "use apply, status, plan, validate, info, hash, undo, baseline, adopt or repair");
}

std::optional<engine::Format> parse_format(const std::string& text) {
  if (text == "auto") return std::nullopt;
  if (const auto format = engine::find_format(text)) return format;
  throw RequestError("format", "unknown format '" + text + "'",
                     "use auto, atlas, flyway or folders");
}

engine::RepairRequest::Outcome parse_outcome(const std::string& text) {
  static constexpr Choice<engine::RepairRequest::Outcome> kChoices[] = {
      {"done", engine::RepairRequest::Outcome::kDone},
      {"notDone", engine::RepairRequest::Outcome::kNotDone},
      {"checksum", engine::RepairRequest::Outcome::kChecksum}};
  return choose("outcome", kChoices, text,
                "use done, notDone (of a statement) or checksum (of a file)");
}

engine::HistoryChoice parse_history(const std::string& text) {
  if (auto choice = engine::parse_history_choice(text)) return *choice;
  throw RequestError("history", "history '" + text + "' names no table",
                     "use aurora, atlas, flyway or sequelize; SCHEMA.TABLE; SCHEMA.*; or, of a "
                     "table with a name of its own, TOOL:SCHEMA.TABLE");
}

// Separated by commas and blanks.
std::vector<std::string> parse_words(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (c != ',' && c != ' ') {
      words.back() += c;
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

engine::OnRollback parse_on_rollback(const std::string& text) {
  static constexpr Choice<engine::OnRollback> kChoices[] = {{"ignore", engine::OnRollback::kIgnore},
                                                            {"fail", engine::OnRollback::kFail},
                                                            {"undo", engine::OnRollback::kUndo}};
  return choose("onRollback", kChoices, text, "use ignore, fail or undo");
}

engine::SumRule parse_sum_rule(const std::string& text) {
  static constexpr Choice<engine::SumRule> kChoices[] = {{"verify", engine::SumRule::kVerify},
                                                         {"require", engine::SumRule::kRequire},
                                                         {"ignore", engine::SumRule::kIgnore}};
  return choose("atlasSum", kChoices, text, "use verify (when there is one), require or ignore");
}

engine::TransactionMode parse_transaction(const std::string& text) {
  static constexpr Choice<engine::TransactionMode> kChoices[] = {
      {"file", engine::TransactionMode::kFile}, {"none", engine::TransactionMode::kNone}};
  return choose("transaction", kChoices, text, "use file or none");
}

engine::OutOfOrder parse_out_of_order(const std::string& text) {
  static constexpr Choice<engine::OutOfOrder> kChoices[] = {{"refuse", engine::OutOfOrder::kRefuse},
                                                            {"skip", engine::OutOfOrder::kSkip},
                                                            {"apply", engine::OutOfOrder::kApply}};
  return choose("outOfOrder", kChoices, text, "use refuse, skip or apply");
}

std::string parse_schema_name(const std::string& text) {
  const bool plain = !text.empty() && !std::isdigit(static_cast<unsigned char>(text[0])) &&
                     std::all_of(text.begin(), text.end(), [](unsigned char c) {
                       return std::islower(c) || std::isdigit(c) || c == '_';
                     });
  if (text.size() <= engine::kNameLength && (plain || is_chosen_ledger(text))) return text;
  throw RequestError("ledgerSchema", "ledgerSchema '" + text + "' is not a plain schema name",
                     "use lower-case letters, digits and '_', at most 63");
}

constexpr std::array kFields = {
    Field{"command", "MIGRATE_COMMAND", FieldType::kText, "apply",
          "apply, status, plan, validate, info, hash, undo, baseline, adopt or repair",
          [](Request* r, const std::string& v) { r->command = parse_command(v); }},
    Field{"source", "MIGRATE_SOURCE", FieldType::kText, nullptr,
          "s3://BUCKET/PREFIX/ or file:///FOLDER/ with the migration files, or a .zip or .tar.gz "
          "of them",
          [](Request* r, const std::string& v) { r->source = parse_source(v); }},
    Field{"target", "MIGRATE_TARGET", FieldType::kText, nullptr,
          "dsql://admin@HOST/postgres or postgres://USER@HOST:PORT/DB",
          [](Request* r, const std::string& v) { r->target = parse_target(v); }},
    Field{"config", "MIGRATE_CONFIG", FieldType::kText, "",
          "an aurora.hcl, atlas.hcl, flyway.conf or flyway.toml: file:///FILE, s3://BUCKET/KEY, or "
          "a name beside the migrations",
          [](Request* r, const std::string& v) { r->config.config = v; }},
    Field{"env", "MIGRATE_ENV", FieldType::kText, "",
          "which environment of the config (its only one when it has one)",
          [](Request* r, const std::string& v) { r->config.env = v; }},
    Field{"variables", "MIGRATE_VARIABLES", FieldType::kTexts, "",
          "values for the config's variable blocks, an object",
          [](Request* r, const std::string& v) { r->config.variables = parse_texts(v); }},
    Field{"format", "MIGRATE_FORMAT", FieldType::kText, "auto",
          "how files are named: auto (the one that fits), atlas, flyway or folders",
          [](Request* r, const std::string& v) { r->format.format = parse_format(v); }},
    Field{"transaction", "MIGRATE_TRANSACTION", FieldType::kText, "file",
          "postgres://: a file that does not say it itself is one transaction (file) or goes "
          "statement by statement (none)",
          [](Request* r, const std::string& v) { r->transaction = parse_transaction(v); }},
    Field{"atlasSum", "MIGRATE_ATLAS_SUM", FieldType::kText, "verify",
          "apply, plan, validate: an atlas.sum beside the files is to be right (verify), has to be "
          "there too (require), or is left alone (ignore)",
          [](Request* r, const std::string& v) { r->sum = parse_sum_rule(v); }},
    Field{"offline", "MIGRATE_OFFLINE", FieldType::kBoolean, "false",
          "validate: look at the files only, as if none were applied",
          [](Request* r, const std::string& v) { r->offline = v == "true"; }},
    Field{"limit", "MIGRATE_LIMIT", FieldType::kNumber, "5000",
          "info: how many migrations an answer has, at most",
          [](Request* r, const std::string& v) { r->page.limit = std::stoi(v); }},
    Field{"after", "MIGRATE_AFTER", FieldType::kText, "",
          "info: begin behind that version (an answer's next)",
          [](Request* r, const std::string& v) { r->page.after = v; }},
    Field{"flyway", "MIGRATE_FLYWAY", FieldType::kTexts, "",
          "settings of Flyway's by their names there: the prefixes, separator and suffixes of file "
          "names, prefix, suffix and separator of placeholders, validateMigrationNaming",
          [](Request* r, const std::string& v) { set_flyway_options(parse_texts(v), &r->format); }},
    Field{"placeholders", "MIGRATE_PLACEHOLDERS", FieldType::kTexts, "",
          "what ${name} in a file stands for, by name",
          [](Request* r, const std::string& v) {
            for (const auto& [name, value] : parse_texts(v)) {
              r->format.placeholders.values[name] = value;
            }
          }},
    Field{"placeholderReplacement", "MIGRATE_PLACEHOLDER_REPLACEMENT", FieldType::kBoolean, "",
          "whether they are replaced; left out: in the flyway format, in others when placeholders "
          "are given",
          [](Request* r, const std::string& v) { r->format.placeholders.replaced = v == "true"; }},
    Field{"toVersion", "MIGRATE_TO_VERSION", FieldType::kText, "latest",
          "up to which version, latest, next (one more) or current (none more); a '?' behind it: "
          "although no file has it; undo: which version is to stay, none for no version",
          [](Request* r, const std::string& v) { r->selection.to_version = v; }},
    Field{"outOfOrder", "MIGRATE_OUT_OF_ORDER", FieldType::kText, "refuse",
          "a file that is not applied below one that is: refuse, skip or apply",
          [](Request* r, const std::string& v) {
            r->selection.out_of_order = parse_out_of_order(v);
          }},
    Field{"allowMissing", "MIGRATE_ALLOW_MISSING", FieldType::kBoolean, "false",
          "applied files that are gone from between the others are a warning, not an error",
          [](Request* r, const std::string& v) { r->selection.allow_missing = v == "true"; }},
    Field{"toleratesExisting", "MIGRATE_TOLERATES_EXISTING", FieldType::kBoolean, "false",
          "apply: a CREATE or ADD of what is there already counts as done, and is named in the "
          "answer",
          [](Request* r, const std::string& v) { r->tolerates_existing = v == "true"; }},
    Field{"allowEmpty", "MIGRATE_ALLOW_EMPTY", FieldType::kBoolean, "false",
          "a source without migration files is not an error",
          [](Request* r, const std::string& v) { r->allow_empty = v == "true"; }},
    Field{"dryRun", "MIGRATE_DRY_RUN", FieldType::kBoolean, "false",
          "undo: only say what would run",
          [](Request* r, const std::string& v) { r->dry_run = v == "true"; }},
    Field{"write", "MIGRATE_WRITE", FieldType::kBoolean, "false",
          "hash: write atlas.sum beside the files, not only answer with it",
          [](Request* r, const std::string& v) { r->write = v == "true"; }},
    Field{"wait", "MIGRATE_WAIT", FieldType::kBoolean, "false",
          "status: wait for a run or an index build under way",
          [](Request* r, const std::string& v) { r->wait = v == "true"; }},
    Field{"waitTimeout", "MIGRATE_WAIT_TIMEOUT", FieldType::kSeconds, "300",
          "status: how long to wait, seconds",
          [](Request* r, const std::string& v) { r->wait_timeout = to_seconds(v); }},
    Field{"waitForIndexes", "MIGRATE_WAIT_FOR_INDEXES", FieldType::kBoolean, "true",
          "apply: stay until index builds and validations have ended; false leaves them to a later "
          "run",
          [](Request* r, const std::string& v) { r->wait_for_indexes = v == "true"; }},
    Field{"lockTimeout", "MIGRATE_LOCK_TIMEOUT", FieldType::kSeconds, "75",
          "apply: how long to wait for another run (a dead one's lease ends after 60), seconds; a "
          "custom resource waits as long as its budget lasts unless this is given",
          [](Request* r, const std::string& v) { r->lock_timeout = to_seconds(v); }},
    Field{"reserve", "MIGRATE_RESERVE", FieldType::kSeconds, "10",
          "no statement starts with less time than this left, seconds",
          [](Request* r, const std::string& v) { r->reserve = to_seconds(v); }},
    Field{"pipeline", "MIGRATE_PIPELINE", FieldType::kNumber, "250",
          "how many statements may be on their way before the first is answered; with 1 each waits "
          "for the one before it",
          [](Request* r, const std::string& v) { r->pipeline = std::stoi(v); }},
    Field{"statementTimeout", "MIGRATE_STATEMENT_TIMEOUT", FieldType::kSeconds, "",
          "postgres://: statement_timeout of the session, seconds; 0: none",
          [](Request* r, const std::string& v) { r->statement_timeout = to_seconds(v); }},
    Field{"tableLockTimeout", "MIGRATE_TABLE_LOCK_TIMEOUT", FieldType::kSeconds, "",
          "postgres://: lock_timeout of the session, how long a statement waits for a table or row "
          "that another session has locked, seconds; 0: no limit",
          [](Request* r, const std::string& v) { r->table_lock_timeout = to_seconds(v); }},
    Field{"onRollback", "MIGRATE_ON_ROLLBACK", FieldType::kText, "ignore",
          "custom resource: an Update to files that are all applied, below later versions: ignore "
          "(succeed, change nothing), fail or undo",
          [](Request* r, const std::string& v) { r->on_rollback = parse_on_rollback(v); }},
    Field{"ignoreHistory", "MIGRATE_IGNORE_HISTORY", FieldType::kBoolean, "false",
          "apply, plan: begin although another tool has applied migrations to the database",
          [](Request* r, const std::string& v) { r->ignore_history = v == "true"; }},
    Field{"version", "MIGRATE_VERSION", FieldType::kText, "",
          "repair: of which migration (none: of all); baseline: up to which (required there)",
          [](Request* r, const std::string& v) { r->version = v; }},
    Field{"statement", "MIGRATE_STATEMENT", FieldType::kNumber, "",
          "repair: which statement of it, from 1 (done, notDone)",
          [](Request* r, const std::string& v) { r->statement = std::stoi(v); }},
    Field{
        "outcome", "MIGRATE_OUTCOME", FieldType::kText, "",
        "repair: done or notDone (the statement took effect or not), or checksum (the file's edit "
        "is accepted) (required there)",
        [](Request* r, const std::string& v) { r->outcome = parse_outcome(v); }},
    Field{"force", "MIGRATE_FORCE", FieldType::kBoolean, "false",
          "repair: also when the applied part was edited; notDone: also of the last statement "
          "recorded as done, which is sent again",
          [](Request* r, const std::string& v) { r->force = v == "true"; }},
    Field{
        "history", "MIGRATE_HISTORY", FieldType::kText, "",
        "whose history, where there are several: aurora, atlas, flyway or sequelize, SCHEMA.TABLE, "
        "SCHEMA.*, or TOOL:SCHEMA.TABLE of a table with a name of its own; adopt takes it over, "
        "other commands look for it and take its tool's lock",
        [](Request* r, const std::string& v) { r->history = parse_history(v); }},
    Field{"accept", "MIGRATE_ACCEPT", FieldType::kText, "",
          "adopt: which differences between history and files are accepted, as their problems name "
          "them: CODE or CODE:VERSION, separated by commas",
          [](Request* r, const std::string& v) { r->adopt.accept = parse_words(v); }},
    Field{"ledgerSchema", "MIGRATE_LEDGER_SCHEMA", FieldType::kText, "dsql_migrate",
          "the schema that holds the ledger and the lock; left out, of a search_path that begins "
          "with another schema than public dsql_migrate_SCHEMA",
          [](Request* r, const std::string& v) { r->ledger_schema = parse_schema_name(v); }},
    Field{"roleArn", "MIGRATE_ROLE_ARN", FieldType::kText, "",
          "a role to assume for the target (another account)",
          [](Request* r, const std::string& v) { r->role_arn = v; }},
    Field{"externalId", "MIGRATE_EXTERNAL_ID", FieldType::kText, "", "sent with roleArn",
          [](Request* r, const std::string& v) { r->external_id = v; }},
    Field{"passwordSecret", "MIGRATE_PASSWORD_SECRET", FieldType::kText, "",
          "postgres://: Secrets Manager name or ARN of the password",
          [](Request* r, const std::string& v) { r->password_secret = v; }},
    Field{"iamAuth", "MIGRATE_IAM_AUTH", FieldType::kBoolean, "false",
          "postgres://: use an RDS IAM token as the password",
          [](Request* r, const std::string& v) { r->iam_auth = v == "true"; }},
    Field{"contentDigest", "MIGRATE_CONTENT_DIGEST", FieldType::kText, "",
          "not read: a value that changes when the files change",
          [](Request* r, const std::string& v) { r->content_digest = v; }},
};

}  // namespace

std::span<const Field> request_fields() { return kFields; }

const Field* find_field(std::string_view name) {
  const auto* field =
      std::find_if(kFields.begin(), kFields.end(), [&](const Field& f) { return name == f.name; });
  return field == kFields.end() ? nullptr : field;
}

const char* to_string(Command command) {
  const auto* found = std::find_if(std::begin(kCommands), std::end(kCommands),
                                   [&](const auto& choice) { return choice.value == command; });
  return found == std::end(kCommands) ? "" : found->name;
}

std::string describe_fields() {
  std::string text;
  for (const auto& field : kFields) {
    std::string line = std::string("  ") + field.name;
    line.resize(std::max<std::size_t>(line.size() + 1, 18), ' ');
    line += field.variable;
    line.resize(std::max<std::size_t>(line.size() + 1, 43), ' ');
    line += field.meaning;
    if (field.default_text == nullptr) {
      line += " (required)";
    } else if (*field.default_text != '\0') {
      line += std::string(" (default ") + field.default_text + ")";
    }
    text += line + "\n";
  }
  return text;
}

}  // namespace handler
