#include "handler/response.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

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

json to_json(const engine::PartlyMarked& file) {
  return {{"version", file.version}, {"applied", file.applied}, {"total", file.total}};
}

json to_json(const engine::AdoptReport& adopted) {
  json object = {{"marked", adopted.marked},
                 {"firstVersion", adopted.first_version},
                 {"lastVersion", adopted.last_version}};
  put(&object, "tool", adopted.tool);
  put(&object, "table", adopted.table);
  for (const auto& file : adopted.partial) object["partial"].push_back(to_json(file));
  return object;
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
  json object = {{"file", "atlas.sum"},
                 {"files", sum.files},
                 {"text", sum.text},
                 {"written", !sum.written_to.empty()}};
  put(&object, "location", sum.written_to);
  return object;
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

void put_error(json* response, const RunReport& report) {
  const auto type = find_error_type(report.status);
  if (type.empty()) return;
  (*response)["errorType"] = type;
  (*response)["errorMessage"] = make_message(report);
}

std::size_t count_complete(const std::vector<engine::MigrationResult>& migrations) {
  return static_cast<std::size_t>(std::count_if(migrations.begin(), migrations.end(),
                                                [](const auto& m) { return m.complete; }));
}

std::size_t count_pending(const RunReport& report) {
  return report.info ? static_cast<std::size_t>(report.info->pending) : report.pending.size();
}

}  // namespace

std::size_t count_applied(const RunReport& report) { return count_complete(report.migrations); }

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
  if (report.undoes) response["counts"]["undone"] = count_complete(report.undone);
  response["durationMs"] = report.duration.count();
  if (report.job_wait.count() > 0) response["jobWaitMs"] = report.job_wait.count();
  put(&response, "requestId", context.request_id);
  put(&response, "logGroup", context.log_group);
  put(&response, "logStream", context.log_stream);
  response["toolVersion"] = DSQL_MIGRATE_VERSION;
  return response;
}

}  // namespace handler
