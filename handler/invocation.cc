#include "handler/invocation.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/adoption.h"
#include "engine/listing.h"
#include "engine/migrator.h"
#include "handler/answer_size.h"
#include "handler/configuration.h"
#include "handler/connect.h"
#include "handler/custom_resource.h"
#include "handler/event.h"
#include "handler/load.h"
#include "handler/placeholders.h"
#include "handler/request.h"
#include "handler/request_error.h"
#include "handler/response.h"
#include "handler/sum_file.h"
#include "handler/telemetry.h"
#include "runtime/credentials.h"
#include "runtime/error.h"

namespace handler {
namespace {

using engine::RunReport;
using nlohmann::json;
using runtime::Deadline;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// Time kept back after the engine has ended: to write the log and post the answer, and for a custom
// resource to try its PUT a few times.
constexpr milliseconds kAnswerTime{1'000};
constexpr milliseconds kReplyTime{8'000};

// Longer than a dead run's lease. A resource waits as long as its budget lasts: FAILED would roll a
// stack back because of a run that is just finishing, such as that of a first delivery.
constexpr seconds kLockTimeout{75};
constexpr std::chrono::hours kResourceLockTimeout{24};

// Without a second to record what was done, a budget that ends would look like a failure.
constexpr milliseconds kLeastReserve{1'000};

// With little time altogether (a function deployed with a short time-out) a fifth is kept back.
milliseconds keep_back(milliseconds wanted, Deadline deadline) {
  if (deadline == Deadline::max()) return wanted;
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
  return std::clamp(left / 5, milliseconds{0}, wanted);
}

struct Run {
  const runtime::Invocation& invocation;
  const Services& services;
  const runtime::Environment environment;
  Deadline deadline;  // of the work, before the answer
  AnswerContext answer = {};
  seconds lock_timeout = kLockTimeout;  // when the request names none
  bool is_update = false;               // of a custom resource
  json old_properties = json::object();
};

// Opens what sources there are, with the same rights.
struct Files {
  Run& run;
  const runtime::Credentials& credentials;
  Deadline deadline;

  std::unique_ptr<engine::MigrationSource> open(const Source& source) const {
    return open_files(source, credentials, run.environment, run.services.http, deadline);
  }
};

engine::RunOptions make_options(const Request& request, const Run& run) {
  engine::RunOptions options;
  options.dialect = request.target.dialect;
  options.format = request.format;
  options.transaction = request.transaction;
  const bool checks_sum = request.command == Command::kApply || request.command == Command::kPlan ||
                          request.command == Command::kValidate;
  if (checks_sum) options.sum = request.sum;
  add_own_placeholders(request, std::chrono::system_clock::now(), &options.format.placeholders);
  options.selection = request.selection;
  options.ledger_schema = request.ledger_schema;
  options.earlier_ledger_schema = request.earlier_ledger_schema;
  options.owner = run.invocation.request_id;
  options.lock_timeout = request.lock_timeout.value_or(run.lock_timeout);
  options.history = request.history;
  options.ignore_history = request.ignore_history;
  options.tolerates_existing = request.tolerates_existing && request.command == Command::kApply;
  options.wait = request.wait;
  options.wait_timeout = request.wait_timeout;
  options.wait_for_indexes = request.wait_for_indexes;
  if (run.is_update) options.on_rollback = request.on_rollback;
  options.flight = request.pipeline;
  options.deadline = run.deadline;
  options.reserve = keep_back(std::max<milliseconds>(request.reserve, kLeastReserve), run.deadline);
  return options;
}

engine::RepairRequest make_repair(const Request& request) {
  engine::RepairRequest repair;
  repair.version = request.version;
  repair.statement = request.statement;
  repair.outcome = request.outcome.value_or(repair.outcome);
  repair.force = request.force;
  return repair;
}

engine::UndoRequest make_undo(const Request& request) {
  engine::UndoRequest undo;
  if (request.selection.to_version != "latest") undo.to_version = request.selection.to_version;
  undo.dry_run = request.dry_run;
  return undo;
}

RunReport run_command(const Request& request, engine::MigrationSource& files,
                      engine::Database& database, const engine::RunOptions& options) {
  const auto observer = make_observer();
  switch (request.command) {
    case Command::kApply:
      return engine::apply(database, files, options, observer);
    case Command::kStatus:
      return engine::status(database, files, options, observer);
    case Command::kPlan:
      return engine::plan(database, files, options, observer);
    case Command::kValidate:
      return engine::validate(database, files, options, observer);
    case Command::kInfo:
      return engine::info(database, files, request.page, options, observer);
    case Command::kHash:
      break;
    case Command::kUndo:
      return engine::undo(database, files, make_undo(request), options, observer);
    case Command::kRepair:
      return engine::repair(database, files, make_repair(request), options, observer);
    case Command::kBaseline:
      return engine::baseline(database, files, request.version, options, observer);
    case Command::kAdopt:
      return engine::adopt(database, files, request.adopt, options, observer);
  }
  return {};
}

SettingsReader make_settings_reader(const Run& run) {
  return [&run](const ConfigChoice& choice) {
    return read_settings(choice, {run.environment, run.services.http, run.deadline});
  };
}

bool needs_aws(const Request& request) {
  const bool signs = request.iam_auth || request.target.dialect == engine::Dialect::kDsql ||
                     !request.password_secret.empty();
  return request.source.kind == Source::Kind::kS3 || (request.connects() && signs);
}

RunReport run_on_files(const Request& request, engine::MigrationSource& files,
                       const engine::RunOptions& options, const SumPlace& place) {
  if (request.command != Command::kHash) return engine::validate_files(files, options);
  auto report = engine::hash(files, options);
  if (request.write) write_sum(place, files, &report);
  return report;
}

// The Update that CloudFormation takes back is in its OldResourceProperties: only its files say how
// to undo what it has applied.
RunReport undo_update(const Request& request, const std::string& stays, const Files& files,
                      engine::Database& database, const engine::RunOptions& options) {
  const auto old = parse_resource_properties(files.run.old_properties, files.run.environment,
                                             make_settings_reader(files.run));
  if (make_physical_resource_id(old.target, old.ledger_schema) !=
      make_physical_resource_id(request.target, request.ledger_schema)) {
    throw RequestError("OldResourceProperties", "the update was one of another database",
                       "let OnRollback be ignore, and undo by hand what is to be undone");
  }
  files.run.answer.source = old.source.to_string();
  const auto source = files.open(old.source);
  auto undo_options = options;
  undo_options.format = old.format;
  return engine::undo(database, *source, {stays.empty() ? engine::kUndoAll : stays, false},
                      undo_options, make_observer());
}

// event -> request -> files -> report.
RunReport run_request(const Request& request, Run& run) {
  run.answer.command = to_string(request.command);
  run.answer.source = request.source.to_string();
  if (!request.target.host.empty()) run.answer.target = request.target.to_string();
  log_start(run.answer, request.ledger_schema);
  runtime::Credentials credentials;
  auto& http = run.services.http;
  if (needs_aws(request))
    credentials = runtime::load_credentials(run.environment, http, run.deadline);
  const auto options = make_options(request, run);
  const Files sources{run, credentials, options.deadline - options.reserve};
  const auto files = sources.open(request.source);
  const auto listing = engine::list_migrations(files->entries(), request.format);
  log_files(listing.files.size() + listing.baselines.size());
  const bool undo = request.command == Command::kUndo;  // that says which file is not there
  if (listing.files.empty() && listing.baselines.empty() && !listing.has_errors() &&
      !request.allow_empty && !undo) {
    return report_empty_source(run.answer.source, listing.problems);
  }
  if (!request.connects()) {
    const SumPlace place{request.source, credentials, run.environment, http, sources.deadline};
    return run_on_files(request, *files, options, place);
  }
  const ConnectContext context{credentials, run.environment, http, run.deadline};
  const auto database = run.services.open_database(make_connection_settings(request, context));
  auto report = run_command(request, *files, *database, options);
  if (!report.went_back || request.on_rollback != engine::OnRollback::kUndo) return report;
  return undo_update(request, report.target_version, sources, *database, options);
}

template <typename MakeRequest>
RunReport run_guarded(const MakeRequest& make_request, Run& run) {
  const auto start = steady_clock::now();
  RunReport report;
  try {
    const Request request = make_request();
    report = run_request(request, run);
    report.problems.insert(report.problems.end(), request.warnings.begin(), request.warnings.end());
  } catch (const RequestError& error) {
    report = report_request_error(error);
  } catch (const runtime::Error& error) {
    report = report_runtime_error(error);
  } catch (const std::exception& error) {
    report = report_unexpected_error(error);
  }
  report.duration = std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
  return report;
}

runtime::Answer answer_direct(Run& run, const json& event) {
  run.deadline -= keep_back(kAnswerTime, run.invocation.deadline);
  const auto report = run_guarded(
      [&] { return parse_request(event, run.environment, make_settings_reader(run)); }, run);
  log_end(report, run.answer);
  return {dump_answer(make_response(report, run.answer)), find_error_type(report.status)};
}

// A Delete never touches the database: dropping a schema is nobody's wish by accident.
ResourceReply reply_to_delete(const ResourceRequest& resource) {
  ResourceReply reply;
  reply.success = true;
  reply.physical_resource_id = fallback_physical_resource_id(resource);
  return reply;
}

bool is_by_hand(Command command) {
  return command == Command::kRepair || command == Command::kBaseline ||
         command == Command::kAdopt || command == Command::kUndo;
}

ResourceReply run_resource(const ResourceRequest& resource, Run& run,
                           nlohmann::ordered_json* response) {
  auto id = fallback_physical_resource_id(resource);
  run.lock_timeout = kResourceLockTimeout;
  run.is_update = resource.type == "Update";
  run.old_properties = resource.old_properties;
  const auto report = run_guarded(
      [&] {
        auto request = parse_resource_properties(resource.properties, run.environment,
                                                 make_settings_reader(run));
        id = make_physical_resource_id(request.target, request.ledger_schema);
        if (is_by_hand(request.command)) {
          throw RequestError(
              "Command", std::string(to_string(request.command)) + " is no part of a deployment",
              "invoke the function with the event by hand");
        }
        return request;
      },
      run);
  log_end(report, run.answer);
  *response = make_response(report, run.answer);
  return make_resource_reply(report, id);
}

runtime::Answer answer_resource(Run& run, const json& event) {
  const auto resource = parse_resource_request(event);
  if (!is_trusted_response_url(resource.response_url.reveal(), run.environment)) {
    throw RequestError("ResponseURL", "the ResponseURL is not an https URL of amazonaws.com",
                       "only CloudFormation's own URLs are answered");
  }
  run.deadline -= keep_back(kReplyTime, run.invocation.deadline);
  nlohmann::ordered_json response = {
      {"status", engine::to_string(engine::Status::kUpToDate)},
      {"message", "nothing to do: a Delete leaves the database as it is"}};
  const auto reply = resource.type == "Delete" ? reply_to_delete(resource)
                                               : run_resource(resource, run, &response);
  std::string why;
  const auto last_moment =
      run.invocation.deadline - keep_back(milliseconds{500}, run.invocation.deadline);
  if (send_reply(make_reply_request(resource, reply), run.services.http, last_moment, &why)) {
    log_reply(resource.type, reply.success);
    return {dump_answer(std::move(response)), ""};
  }
  const auto message = "CloudFormation did not accept the reply: " + why;
  log_failure(message);
  response["errorType"] = "Function.ReplyRefused";
  response["errorMessage"] = message;
  return {dump_answer(std::move(response)), "Function.ReplyRefused"};
}

runtime::Answer dispatch(Run& run) {
  const auto event = parse_event(run.invocation.payload);
  switch (find_caller(event)) {
    case Caller::kCloudFormation:
      return answer_resource(run, event);
    case Caller::kEventBridge:
      return answer_direct(run, json::object());
    case Caller::kDirect:
      return answer_direct(run, event);
  }
  return {};
}

}  // namespace

runtime::Answer handle_invocation(const runtime::Invocation& invocation, const Services& services) {
  Run run{invocation, services, services.environment(), invocation.deadline};
  run.answer.request_id = invocation.request_id;
  run.answer.function = run.environment.get_or("AWS_LAMBDA_FUNCTION_NAME", "");
  run.answer.log_group = run.environment.get_or("AWS_LAMBDA_LOG_GROUP_NAME", "");
  run.answer.log_stream = run.environment.get_or("AWS_LAMBDA_LOG_STREAM_NAME", "");
  try {
    return dispatch(run);
  } catch (const RequestError& error) {
    const auto report = report_request_error(error);
    log_end(report, run.answer);
    return {dump_answer(make_response(report, run.answer)), find_error_type(report.status)};
  }
}

}  // namespace handler
