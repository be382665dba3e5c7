#include "handler/request.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "handler/placeholders.h"
#include "handler/request_check.h"
#include "handler/request_error.h"

namespace handler {
namespace {

enum class FieldType { kText, kBoolean, kSeconds, kNumber, kTexts };

// A row of the contract. `set` takes the value as text, checked for its type already.
struct Field {
  const char* name;
  const char* variable;
  FieldType type;
  const char* default_text;  // shown by --help; nullptr: required
  const char* meaning;
  void (*set)(Request*, const std::string&);
};

std::chrono::seconds to_seconds(const std::string& text) {
  return std::chrono::seconds(std::stoll(text));
}

Command parse_command(const std::string& text) {
  if (text == "apply") return Command::kApply;
  if (text == "status") return Command::kStatus;
  if (text == "plan") return Command::kPlan;
  if (text == "validate") return Command::kValidate;
  if (text == "info") return Command::kInfo;
  if (text == "hash") return Command::kHash;
  if (text == "undo") return Command::kUndo;
  if (text == "repair") return Command::kRepair;
  if (text == "baseline") return Command::kBaseline;
  if (text == "adopt") return Command::kAdopt;
  throw RequestError(
      "command", "unknown command '" + text + "'",
      "use apply, status, plan, validate, info, hash, undo, baseline, adopt or repair");
}

std::optional<engine::Format> parse_format(const std::string& text) {
  if (text == "auto") return std::nullopt;
  if (const auto format = engine::find_format(text)) return format;
  throw RequestError("format", "unknown format '" + text + "'",
                     "use auto, atlas, flyway or folders");
}

engine::RepairRequest::Outcome parse_outcome(const std::string& text) {
  using Outcome = engine::RepairRequest::Outcome;
  if (text == "done") return Outcome::kDone;
  if (text == "notDone") return Outcome::kNotDone;
  if (text == "checksum") return Outcome::kChecksum;
  throw RequestError("outcome", "unknown outcome '" + text + "'",
                     "use done, notDone (of a statement) or checksum (of a file)");
}

engine::HistoryChoice parse_history(const std::string& text) {
  if (auto choice = engine::parse_history_choice(text)) return *choice;
  throw RequestError("history", "history '" + text + "' names no table",
                     "use aurora, atlas, flyway or sequelize; SCHEMA.TABLE; or, of a table with a "
                     "name of its own, TOOL:SCHEMA.TABLE");
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
  if (text == "ignore") return engine::OnRollback::kIgnore;
  if (text == "fail") return engine::OnRollback::kFail;
  if (text == "undo") return engine::OnRollback::kUndo;
  throw RequestError("onRollback", "unknown onRollback '" + text + "'", "use ignore, fail or undo");
}

engine::SumRule parse_sum_rule(const std::string& text) {
  if (text == "verify") return engine::SumRule::kVerify;
  if (text == "require") return engine::SumRule::kRequire;
  if (text == "ignore") return engine::SumRule::kIgnore;
  throw RequestError("atlasSum", "unknown atlasSum '" + text + "'",
                     "use verify (when there is one), require or ignore");
}

engine::TransactionMode parse_transaction(const std::string& text) {
  if (text == "file") return engine::TransactionMode::kFile;
  if (text == "none") return engine::TransactionMode::kNone;
  throw RequestError("transaction", "unknown transaction '" + text + "'", "use file or none");
}

// {"NAME": "value"} or, of numbers and booleans, {"NAME": 1}; checked already.
std::map<std::string, std::string> parse_texts(const std::string& text) {
  std::map<std::string, std::string> texts;
  const auto object = nlohmann::json::parse(text);
  for (const auto& [name, value] : object.items()) {
    texts[name] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return texts;
}

engine::OutOfOrder parse_out_of_order(const std::string& text) {
  if (text == "refuse") return engine::OutOfOrder::kRefuse;
  if (text == "skip") return engine::OutOfOrder::kSkip;
  if (text == "apply") return engine::OutOfOrder::kApply;
  throw RequestError("outOfOrder", "unknown outOfOrder '" + text + "'",
                     "use refuse, skip or apply");
}

std::string parse_schema_name(const std::string& text) {
  const bool good =
      !text.empty() && text.size() <= 63 && !std::isdigit(static_cast<unsigned char>(text[0])) &&
      std::all_of(text.begin(), text.end(),
                  [](unsigned char c) { return std::islower(c) || std::isdigit(c) || c == '_'; });
  if (good) return text;
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
          "apply: how long to wait for another run (a dead one's lease ends after 60), seconds",
          [](Request* r, const std::string& v) { r->lock_timeout = to_seconds(v); }},
    Field{"reserve", "MIGRATE_RESERVE", FieldType::kSeconds, "10",
          "no statement starts with less time than this left, seconds",
          [](Request* r, const std::string& v) { r->reserve = to_seconds(v); }},
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
    Field{"history", "MIGRATE_HISTORY", FieldType::kText, "",
          "adopt: whose history, where there are several: aurora, atlas, flyway or sequelize, "
          "SCHEMA.TABLE, or TOOL:SCHEMA.TABLE of a table with a name of its own",
          [](Request* r, const std::string& v) { r->adopt.history = parse_history(v); }},
    Field{"accept", "MIGRATE_ACCEPT", FieldType::kText, "",
          "adopt: which differences between history and files are accepted, as their problems name "
          "them: CODE or CODE:VERSION, separated by commas",
          [](Request* r, const std::string& v) { r->adopt.accept = parse_words(v); }},
    Field{"ledgerSchema", "MIGRATE_LEDGER_SCHEMA", FieldType::kText, "dsql_migrate",
          "the schema that holds the ledger and the lock",
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

const char* type_name(FieldType type) {
  switch (type) {
    case FieldType::kText:
      return "a string";
    case FieldType::kBoolean:
      return "true or false";
    case FieldType::kSeconds:
      return "a whole number of seconds from 0 to 86400";
    case FieldType::kNumber:
      return "a whole number from 1 to 1000000";
    case FieldType::kTexts:
      return "an object of strings, numbers and booleans";
  }
  return "";
}

[[noreturn]] void fail_type(const Field& field, const std::string& shown_name) {
  throw RequestError(field.name, "field '" + shown_name + "' must be " + type_name(field.type),
                     std::string(field.name) + ": " + field.meaning);
}

bool is_between(const std::string& text, int least, int most) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value >= least &&
         value <= most;
}

bool is_texts(const nlohmann::json& value) {
  if (!value.is_object()) return false;
  for (const auto& [name, member] : value.items()) {
    if (name.empty() || member.is_structured() || member.is_null()) return false;
    if (member.is_string() &&
        member.get_ref<const std::string&>().find('\0') != std::string::npos) {
      return false;
    }
  }
  return true;
}

// JSON, or NAME=VALUE,NAME=VALUE with no comma in a value.
nlohmann::json read_texts(const std::string& text) {
  if (text.starts_with('{')) return nlohmann::json::parse(text, nullptr, false);
  auto object = nlohmann::json::object();
  for (std::string_view rest = text; !rest.empty();) {
    const auto entry = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos) return {};
    object[std::string(entry.substr(0, equals))] = entry.substr(equals + 1);
  }
  return object;
}

// Values that arrive as text: environment variables and CloudFormation properties.
std::string check_text(const Field& field, const std::string& text, const std::string& shown_name) {
  if (field.type == FieldType::kBoolean && text != "true" && text != "false") {
    fail_type(field, shown_name);
  }
  if (field.type == FieldType::kSeconds && !is_between(text, 0, 86'400)) {
    fail_type(field, shown_name);
  }
  if (field.type == FieldType::kNumber && !is_between(text, 1, 1'000'000)) {
    fail_type(field, shown_name);
  }
  if (field.type == FieldType::kTexts) {
    const auto texts = read_texts(text);
    if (!is_texts(texts)) fail_type(field, shown_name);
    return texts.dump();
  }
  return text;
}

// Values of a direct event have JSON's types.
std::string check_json(const Field& field, const nlohmann::json& value) {
  if (field.type == FieldType::kText && value.is_string()) return value.get<std::string>();
  if (field.type == FieldType::kBoolean && value.is_boolean())
    return value.get<bool>() ? "true" : "false";
  const bool number = field.type == FieldType::kSeconds || field.type == FieldType::kNumber;
  if (number && value.is_number_integer()) {
    return check_text(field, value.dump(), field.name);
  }
  if (field.type == FieldType::kTexts && is_texts(value)) return value.dump();
  fail_type(field, field.name);
}

const Field* find_field(std::string_view name) {
  const auto* field =
      std::find_if(kFields.begin(), kFields.end(), [&](const Field& f) { return name == f.name; });
  return field == kFields.end() ? nullptr : field;
}

std::string known_names() {
  std::string names;
  for (const auto& field : kFields) names += (names.empty() ? "" : ", ") + std::string(field.name);
  return names;
}

const Field& need_field(std::string_view name, const std::string& shown_name) {
  if (const auto* field = find_field(name)) return *field;
  throw RequestError(shown_name, "unknown field '" + shown_name + "'",
                     "known fields: " + known_names());
}

using Values = std::array<std::optional<std::string>, kFields.size()>;

std::size_t index_of(const Field& field) {
  return static_cast<std::size_t>(&field - kFields.data());
}

// A value of the event's, else of the environment's; "" for neither.
std::string value_of(const char* name, const Values& values,
                     const runtime::Environment& environment) {
  const auto& field = *find_field(name);
  if (const auto& value = values[index_of(field)]) return *value;
  const auto text = environment.find(field.variable);
  return text ? check_text(field, *text, field.variable) : "";
}

// What the configuration file says, when one is named.
Settings find_settings(const Values& values, const runtime::Environment& environment,
                       const SettingsReader& read_settings) {
  ConfigChoice choice;
  choice.config = value_of("config", values, environment);
  if (choice.config.empty()) return {};
  choice.env = value_of("env", values, environment);
  choice.source = value_of("source", values, environment);
  const auto variables = value_of("variables", values, environment);
  if (!variables.empty()) choice.variables = parse_texts(variables);
  auto settings = read_settings(choice);
  for (const auto& [name, _] : settings.fields) {
    if (find_field(name) != nullptr) continue;
    throw RequestError("config", settings.name + ": " + name + " cannot be kept to here",
                       "leave it out of the file");
  }
  return settings;
}

// A value of the file's, for the field. A version is there as the baseline's only.
std::optional<std::string> find_setting(const Field& field, const Settings& settings,
                                        Command command) {
  const auto refused = settings.refused.find(field.name);
  if (refused != settings.refused.end()) throw refused->second;
  const auto found = settings.fields.find(field.name);
  const bool baseline = std::string_view(field.name) == "version";
  if (found == settings.fields.end() || (baseline && command != Command::kBaseline)) {
    return std::nullopt;
  }
  return check_text(field, found->second, std::string(field.name) + "' of '" + settings.name);
}

void set_from_file(const Field& field, const std::string& text, const Settings& settings,
                   Request* request) {
  try {
    field.set(request, text);
  } catch (const RequestError& error) {
    throw RequestError(error.field(), settings.name + ": " + error.what(), error.hint());
  }
}

// What looks at files only needs no database.
bool is_optional(const Field& field, Command command) {
  return std::string_view(field.name) == "target" &&
         (command == Command::kHash || command == Command::kValidate);
}

Request make_request(const Values& values, const runtime::Environment& environment,
                     const SettingsReader& read_settings) {
  Request request;
  auto settings = find_settings(values, environment, read_settings);
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    const auto& field = kFields[i];
    if (const auto& value = values[i]) {
      field.set(&request, *value);
    } else if (const auto setting = find_setting(field, settings, request.command)) {
      set_from_file(field, *setting, settings, &request);
    } else if (const auto text = environment.find(field.variable)) {
      field.set(&request, check_text(field, *text, field.variable));
    } else if (field.default_text == nullptr && !is_optional(field, request.command)) {
      throw RequestError(
          field.name, std::string("field '") + field.name + "' is missing",
          std::string("give it in the event or set ") + field.variable + ": " + field.meaning);
    }
  }
  auto& placeholders = request.format.placeholders;
  if (!placeholders.values.empty() && !placeholders.replaced) placeholders.replaced = true;
  request.source.suffixes = request.format.naming.sql_migration_suffixes;
  request.warnings = std::move(settings.warnings);
  check_request(request);
  return request;
}

}  // namespace

const char* to_string(Command command) {
  switch (command) {
    case Command::kApply:
      return "apply";
    case Command::kStatus:
      return "status";
    case Command::kPlan:
      return "plan";
    case Command::kValidate:
      return "validate";
    case Command::kInfo:
      return "info";
    case Command::kHash:
      return "hash";
    case Command::kUndo:
      return "undo";
    case Command::kRepair:
      return "repair";
    case Command::kBaseline:
      return "baseline";
    case Command::kAdopt:
      return "adopt";
  }
  return "";
}

Request parse_request(const nlohmann::json& event, const runtime::Environment& environment,
                      const SettingsReader& read_settings) {
  Values values;
  for (const auto& [name, value] : event.items()) {
    const auto& field = need_field(name, name);
    values[index_of(field)] = check_json(field, value);
  }
  return make_request(values, environment, read_settings);
}

Request parse_resource_properties(const nlohmann::json& properties,
                                  const runtime::Environment& environment,
                                  const SettingsReader& read_settings) {
  Values values;
  for (const auto& [name, value] : properties.items()) {
    const bool absent = value.is_string() && value.get_ref<const std::string&>().empty();
    if (name == "ServiceToken" || name == "ServiceTimeout" || absent) continue;
    std::string event_name = name;
    if (!name.empty() && std::isupper(static_cast<unsigned char>(name[0]))) {
      event_name[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(name[0])));
    } else {
      event_name.clear();
    }
    const auto& field = need_field(event_name, name);
    values[index_of(field)] = value.is_string() ? check_text(field, value.get<std::string>(), name)
                                                : check_json(field, value);
  }
  return make_request(values, environment, read_settings);
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
