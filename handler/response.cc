#include "handler/response.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "engine/error.h"
#include "handler/info_table.h"

namespace handler {
namespace {

using engine::RunReport;
using engine::Status;
using json = nlohmann::ordered_json;

// Of migrations and pending ones each: with them an answer stays below the 256 KiB that a Step
// Functions state may hold.
constexpr std::size_t kMostEntries = 500;

// Members that say nothing are left out, so that a short run has a short answer.
void put(json* object, const char* name, const std::string& value) {
  if (!value.empty()) (*object)[name] = value;
}

void put(json* object, const char* name, int value) {
  if (value != 0) (*object)[name] = value;
}

json to_json(const engine::Problem& problem) {
  json object = {{"severity", problem.severity == engine::Severity::kError ? "error" : "warning"},
                 {"code", problem.code}};
  put(&object, "file", problem.file);
  put(&object, "line", problem.line);
  put(&object, "column", problem.column);
  put(&object, "statement", problem.statement);
  object["message"] = problem.message;
  put(&object, "hint", problem.hint);
  return object;
}

void put(json* object, engine::MigrationKind kind) {
  if (kind != engine::MigrationKind::kVersioned) (*object)["kind"] = engine::to_string(kind);
}

json to_json(const engine::MigrationResult& migration) {
  json object = {{"version", migration.version},
                 {"description", migration.description},
                 {"file", migration.file},
                 {"statements", migration.statements},
                 {"total", migration.total},
                 {"complete", migration.complete},
                 {"durationMs", migration.duration.count()}};
  put(&object, migration.kind);
  if (migration.out_of_order) object["outOfOrder"] = true;
  return object;
}

json to_json(const engine::ToleratedStatement& tolerated) {
  return {{"version", tolerated.version},
          {"file", tolerated.file},
          {"line", tolerated.line},
          {"column", tolerated.column},
          {"statementNumber", tolerated.statement_number},
          {"statement", tolerated.statement},
          {"object", tolerated.object}};
}

json to_json(const engine::PendingMigration& migration) {
  json object = {{"version", migration.version},
                 {"description", migration.description},
                 {"file", migration.file},
                 {"applied", migration.applied},
                 {"total", migration.total}};
  if (migration.progress > 0) object["progress"] = migration.progress;
  put(&object, migration.kind);
  return object;
}

json to_json(const engine::JobReport& job) {
  json object = {{"jobId", job.job_id}, {"state", job.state}};
  put(&object, "object", job.object);
  put(&object, "version", job.version);
  put(&object, "details", job.details);
  return object;
}

json to_json(const engine::Failure& failure) {
  json object = {{"code", failure.code}, {"message", failure.message}};
  put(&object, "hint", failure.hint);
  put(&object, "version", failure.version);
  put(&object, "file", failure.file);
  put(&object, "line", failure.line);
  put(&object, "column", failure.column);
  put(&object, "statementNumber", failure.statement_number);
  put(&object, "statement", failure.statement);
  put(&object, "sqlstate", failure.sqlstate);
  put(&object, "detail", failure.detail);
  if (failure.in_doubt) object["inDoubt"] = true;
  return object;
}

json to_json(const engine::LockHolder& lock) {
  return {{"owner", lock.owner}, {"since", lock.since}, {"expires", lock.expires}};
}

json to_json(const engine::RepairState& state) {
  json object = {{"applied", state.applied},
                 {"total", state.total},
                 {"complete", state.complete},
                 {"checksum", state.checksum}};
  put(&object, "inDoubt", state.in_doubt);
  put(&object, "error", state.error);
  return object;
}

json to_json(const engine::RepairReport& repair) {
  json object = {{"version", repair.version}, {"file", repair.file}};
  put(&object, "statementNumber", repair.statement);
  put(&object, "line", repair.line);
  put(&object, "column", repair.column);
  put(&object, "statement", repair.text);
  object["outcome"] = repair.outcome;
  object["changed"] = repair.changed;
  object["before"] = to_json(repair.before);
  object["after"] = to_json(repair.after);
  return object;
}

json to_json(const engine::AdoptReport& adopted) {
  return {{"marked", adopted.marked},
          {"firstVersion", adopted.first_version},
          {"lastVersion", adopted.last_version}};
}

json to_json(const engine::MigrationInfo& info) {
  json object = {{"version", info.version},
                 {"description", info.description},
                 {"kind", info.kind},
                 {"state", info.state}};
  put(&object, "file", info.file);
  if (info.started_at.empty()) return object;
  object["applied"] = info.applied;
  object["total"] = info.total;
  object["startedOn"] = info.started_at;
  put(&object, "installedOn", info.finished_at);
  object["executionMs"] = info.execution_ms;
  put(&object, "appliedBy", info.applied_by);
  put(&object, "error", info.error);
  return object;
}

json to_json(const engine::SumReport& sum) {
  return {{"file", "atlas.sum"}, {"files", sum.files}, {"text", sum.text}};
}

json to_json(const engine::Step& step) {
  json statements = json::array();
  for (const auto& statement : step.statements) {
    json object = {{"number", statement.number},
                   {"line", statement.line},
                   {"column", statement.column},
                   {"sql", statement.prepared.sql}};
    if (statement.prepared.starts_job) object["startsJob"] = true;
    if (statement.passes == engine::Passes::kRounds) object["inRounds"] = true;
    if (statement.passes == engine::Passes::kParts) object["inParts"] = true;
    statements.push_back(std::move(object));
  }
  json object = {{"version", step.migration.version},
                 {"description", step.migration.description},
                 {"file", step.migration.file},
                 {"statements", std::move(statements)}};
  if (step.resumes) object["resumes"] = true;
  if (step.reruns) object["runsAgain"] = true;
  put(&object, step.migration.kind);
  if (step.out_of_order) object["outOfOrder"] = true;
  return object;
}

template <typename T>
json to_array(const T& items) {
  json array = json::array();
  for (const auto& item : items) array.push_back(to_json(item));
  return array;
}

enum class Keep { kFirst, kLast };

// Of a long list some entries, and how many there are besides.
template <typename T>
void put_list(json* response, const char* name, const std::vector<T>& items, Keep keep) {
  if (items.empty()) return;
  const std::span<const T> all(items);
  const auto size = std::min(all.size(), kMostEntries);
  (*response)[name] = to_array(keep == Keep::kFirst ? all.first(size) : all.last(size));
  if (size < all.size()) (*response)["omitted"][name] = all.size() - size;
}

std::string place_of(const std::string& file, int line, int column) {
  if (file.empty() || line == 0) return file;
  return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

std::string join(const std::string& place, const std::string& message, const std::string& hint) {
  std::string text = place.empty() ? message : place + ": " + message;
  if (!hint.empty()) text += (text.back() == '.' ? " Hint: " : ". Hint: ") + hint;
  return text;
}

std::string count_of(std::size_t n, const char* noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

std::string invalid_message(const RunReport& report) {
  std::size_t errors = 0;
  const engine::Problem* first = nullptr;
  for (const auto& problem : report.problems) {
    if (problem.severity != engine::Severity::kError) continue;
    if (errors++ == 0) first = &problem;
  }
  if (first == nullptr) return "the migration files have problems; nothing was applied";
  auto text = join(place_of(first->file, first->line, first->column), first->message, first->hint);
  if (errors > 1) text += " (and " + count_of(errors - 1, "more problem") + ")";
  const bool ended = text.back() == '.' || text.back() == '?';
  return text + (ended ? "" : ".") +
         (report.undoes ? " Nothing was undone." : " Nothing was applied.");
}

std::string failed_message(const RunReport& report) {
  if (!report.failure) return "the run failed";
  const auto& failure = *report.failure;
  auto message = failure.message;
  if (!failure.sqlstate.empty() && message.find(failure.sqlstate) == std::string::npos) {
    message += " (SQLSTATE " + failure.sqlstate + ")";
  }
  return join(place_of(failure.file, failure.line, failure.column), message, failure.hint);
}

std::string locked_message(const RunReport& report) {
  if (!report.lock) return "another run holds the lock";
  return "another run holds the lock: " + report.lock->owner + " since " + report.lock->since +
         ". Hint: try again later, or give a longer lockTimeout to wait for it";
}

std::string change_of(const char* name, const std::string& before, const std::string& after) {
  return before == after ? "" : std::string(", ") + name + " " + before + " -> " + after;
}

std::string doubt_of(const engine::RepairState& state) {
  return state.in_doubt == 0 ? "none" : "statement " + std::to_string(state.in_doubt);
}

std::string name_of(const engine::RepairReport& repair) {
  if (repair.statement == 0) {
    return "the checksum of version " + repair.version + " is that of " + repair.file;
  }
  return "statement " + std::to_string(repair.statement) + " of version " + repair.version +
         " is marked as " + (repair.outcome == "done" ? "done" : "not done");
}

// "statement 2 of version 7 is marked as done: applied 1 -> 2, in doubt statement 2 -> none".
std::string repair_message(const engine::RepairReport& repair) {
  if (!repair.changed) return "nothing to repair: " + name_of(repair) + " already";
  const auto& before = repair.before;
  const auto& after = repair.after;
  auto changes =
      change_of("applied", std::to_string(before.applied), std::to_string(after.applied)) +
      change_of("in doubt", doubt_of(before), doubt_of(after)) +
      change_of("statements", std::to_string(before.total), std::to_string(after.total));
  if (before.complete != after.complete) {
    changes += after.complete ? ", the file is complete" : ", the file is not complete any more";
  }
  if (!before.error.empty() && after.error.empty()) changes += ", its failure is cleared";
  return name_of(repair) + (changes.empty() ? "" : ": " + changes.substr(2));
}

// "3 migrations repaired: 1, 2, 7".
std::string repairs_message(const std::vector<engine::RepairReport>& repairs) {
  constexpr std::size_t kNamed = 10;
  if (repairs.empty()) return "nothing to repair";
  std::string text = count_of(repairs.size(), "migration") + " repaired: ";
  for (std::size_t i = 0; i < std::min(repairs.size(), kNamed); ++i) {
    text += (i == 0 ? "" : ", ") + repairs[i].version;
  }
  return repairs.size() > kNamed ? text + ", ..." : text;
}

// "2 migrations are marked as applied, version 1 to version 2; nothing was run".
std::string adopt_message(const engine::AdoptReport& adopted) {
  const auto& [marked, first, last] = adopted;
  if (marked == 0)
    return "nothing to mark: version " + last + " and all before it are in the ledger";
  return count_of(static_cast<std::size_t>(marked), "migration") + (marked == 1 ? " is" : " are") +
         " marked as applied, up to version " + last + "; nothing was run";
}

// "4 migrations are valid, 2 of them applied".
std::string valid_message(const RunReport& report) {
  const auto applied = static_cast<std::size_t>(report.already_applied);
  const auto all = count_of(applied + report.pending.size(), "migration") +
                   (applied + report.pending.size() == 1 ? " is valid" : " are valid");
  if (report.round_trips == 0) return all + "; no database was asked";
  return all + ", " + std::to_string(applied) + " of them applied; the database is at " +
         (report.current_version.empty() ? "no version yet" : "version " + report.current_version);
}

std::string info_message(const engine::InfoReport& info, const std::string& at) {
  auto text = count_of(static_cast<std::size_t>(info.total), "migration") + ", " +
              std::to_string(info.pending) + " of them pending; the database is at " + at;
  if (!info.next.empty()) text += ". There are more: ask again with after " + info.next;
  return text;
}

std::string sum_message(const RunReport& report) {
  if (report.problems.empty()) return "atlas.sum is right";
  const auto& problem = report.problems.front();
  return "atlas.sum is to be written anew, its text is in sum: " + problem.message;
}

std::string rollback_message(const RunReport& report, const std::string& at) {
  const auto& to = report.target_version;
  return "the files go back to " + (to.empty() ? std::string("no version") : "version " + to) +
         "; the database stays as it is, at " + at + ": nothing was changed";
}

RunReport failed_report(const char* code, const std::string& message, const std::string& hint) {
  RunReport report;
  report.status = Status::kFailed;
  report.failure.emplace();
  report.failure->code = code;
  report.failure->message = message;
  report.failure->hint = hint;
  return report;
}

RunReport invalid_report(const char* code, const std::string& message, const std::string& hint) {
  RunReport report;
  report.status = Status::kInvalid;
  report.problems.emplace_back();
  report.problems.back().code = code;
  report.problems.back().message = message;
  report.problems.back().hint = hint;
  return report;
}

const char* code_of(runtime::ErrorKind kind) {
  switch (kind) {
    case runtime::ErrorKind::kConfiguration:
      return "configuration";
    case runtime::ErrorKind::kNetwork:
      return "network";
    case runtime::ErrorKind::kTimeout:
      return "timeout";
    case runtime::ErrorKind::kAccessDenied:
      return "access-denied";
    case runtime::ErrorKind::kNotFound:
      return "not-found";
    case runtime::ErrorKind::kChanged:
      return "source-changed";
    case runtime::ErrorKind::kCorrupt:
      return "source-corrupt";
    case runtime::ErrorKind::kTooLarge:
      return "too-large";
    case runtime::ErrorKind::kService:
      return "service";
    case runtime::ErrorKind::kProtocol:
      return "protocol";
  }
  return "service";
}

const char* hint_of(runtime::ErrorKind kind) {
  switch (kind) {
    case runtime::ErrorKind::kChanged:
      return "Upload the files first, then run again";
    case runtime::ErrorKind::kNetwork:
    case runtime::ErrorKind::kTimeout:
      return "In a VPC, check its endpoints and security groups; run again";
    default:
      return "";
  }
}

void put_error(json* response, const RunReport& report) {
  const auto type = find_error_type(report.status);
  if (type.empty()) return;
  (*response)["errorType"] = type;
  (*response)["errorMessage"] = make_message(report);
}

std::size_t count_pending(const RunReport& report) {
  return report.info ? static_cast<std::size_t>(report.info->pending) : report.pending.size();
}

}  // namespace

std::size_t count_applied(const RunReport& report) {
  return static_cast<std::size_t>(std::count_if(report.migrations.begin(), report.migrations.end(),
                                                [](const auto& m) { return m.complete; }));
}

std::string find_error_type(Status status) {
  switch (status) {
    case Status::kFailed:
      return "Function.MigrationFailed";
    case Status::kInvalid:
      return "Function.MigrationInvalid";
    case Status::kLocked:
      return "Function.MigrationLocked";
    default:
      return "";
  }
}

std::string make_message(const RunReport& report) {
  const auto at = report.current_version.empty() ? std::string("no version yet")
                                                 : "version " + report.current_version;
  switch (report.status) {
    case Status::kUpToDate:
      if (report.went_back) return rollback_message(report, at);
      if (report.repair) return repair_message(*report.repair);
      if (report.repairs) return repairs_message(*report.repairs);
      if (report.adopted) return adopt_message(*report.adopted);
      if (report.info) return info_message(*report.info, at);
      if (report.sum) return sum_message(report);
      if (report.undoes) return "nothing to undo; the database is at " + at;
      return "the database is up to date at " + at;
    case Status::kApplied:
      return count_of(count_applied(report), "migration") + " applied" +
             (report.jobs.empty() ? ""
                                  : ", " + count_of(report.jobs.size(), "job") + " under way") +
             "; the database is at " + at;
    case Status::kContinue:
      return "the time budget ended; " + count_of(report.pending.size(), "migration") +
             " left; run again to continue";
    case Status::kValid:
      return valid_message(report);
    case Status::kPending:
      if (report.info) return info_message(*report.info, at);
      if (report.sum) return sum_message(report);
      return count_of(report.pending.size(), "migration") + " pending; the database is at " + at;
    case Status::kPlanned:
      return count_of(report.plan ? report.plan->steps.size() : 0, "migration") +
             (report.undoes ? " would be undone" : " would be applied");
    case Status::kUndone:
      return count_of(report.undone.size(), "migration") + " undone; the database is at " + at;
    case Status::kRepaired:
      if (report.repairs) return repairs_message(*report.repairs);
      return report.repair ? repair_message(*report.repair) : "repaired";
    case Status::kAdopted:
      return report.adopted ? adopt_message(*report.adopted) : "marked as applied";
    case Status::kInvalid:
      return invalid_message(report);
    case Status::kLocked:
      return locked_message(report);
    case Status::kFailed:
      return failed_message(report);
  }
  return "";
}

json make_response(const RunReport& report, const AnswerContext& context) {
  json response = {{"status", engine::to_string(report.status)}, {"message", make_message(report)}};
  put_error(&response, report);
  put(&response, "command", context.command);
  put(&response, "source", context.source);
  put(&response, "target", context.target);
  put(&response, "currentVersion", report.current_version);
  put(&response, "targetVersion", report.target_version);
  if (report.failure) response["failure"] = to_json(*report.failure);
  if (!report.problems.empty()) response["problems"] = to_array(report.problems);
  if (report.lock) response["lock"] = to_json(*report.lock);
  put_list(&response, "migrations", report.migrations, Keep::kLast);
  put_list(&response, "tolerated", report.tolerated, Keep::kFirst);
  put_list(&response, "undone", report.undone, Keep::kLast);
  if (report.repair) response["repair"] = to_json(*report.repair);
  if (report.repairs) response["repairs"] = to_array(*report.repairs);
  if (report.adopted) response["adopted"] = to_json(*report.adopted);
  if (report.sum) response["sum"] = to_json(*report.sum);
  if (report.info) {
    response["info"] = to_array(report.info->migrations);
    put(&response, "next", report.info->next);
    response["table"] = make_info_table(report.info->migrations);
  }
  if (report.plan) response["plan"] = to_array(report.plan->steps);
  if (!report.plan) put_list(&response, "pending", report.pending, Keep::kFirst);
  if (!report.jobs.empty()) response["jobs"] = to_array(report.jobs);
  response["counts"] = {{"alreadyApplied", report.already_applied},
                        {"applied", count_applied(report)},
                        {"pending", count_pending(report)},
                        {"statements", report.statements_applied},
                        {"retries", report.retries},
                        {"roundTrips", report.round_trips}};
  response["durationMs"] = report.duration.count();
  if (report.job_wait.count() > 0) response["jobWaitMs"] = report.job_wait.count();
  put(&response, "requestId", context.request_id);
  put(&response, "logGroup", context.log_group);
  put(&response, "logStream", context.log_stream);
  response["toolVersion"] = DSQL_MIGRATE_VERSION;
  return response;
}

RunReport report_request_error(const RequestError& error) {
  return invalid_report("invalid-request", error.what(), error.hint());
}

RunReport report_runtime_error(const runtime::Error& error) {
  return failed_report(code_of(error.kind()), error.what(), hint_of(error.kind()));
}

RunReport report_unexpected_error(const std::exception& error) {
  // Only this project's own texts are known to be free of secrets.
  const bool own = dynamic_cast<const engine::Error*>(&error) != nullptr;
  return failed_report("internal-error", own ? error.what() : "an unexpected error ended the run",
                       "What was applied is in the ledger: run again; if it stays, report it");
}

RunReport report_empty_source(const std::string& source,
                              const std::vector<engine::Problem>& warnings) {
  auto report = invalid_report("empty-source", "no migration files (*.sql) at " + source,
                               "Check the prefix and the format, or give allowEmpty if there may "
                               "be none");
  report.problems.insert(report.problems.end(), warnings.begin(), warnings.end());
  return report;
}

}  // namespace handler
