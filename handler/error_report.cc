// What ended a run before the engine was asked, as the engine's reports.
#include "engine/error.h"
#include "handler/response.h"

namespace handler {
namespace {

using engine::RunReport;
using engine::Status;

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
  report.problems.push_back(engine::make_problem(code, message, hint));
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
      return "In a VPC, check its endpoints and security groups; run again";
    case runtime::ErrorKind::kTimeout:
      return "A run with the same time would get no further: give the function more time, or more "
             "memory, which brings bandwidth. In a VPC, check its endpoints and security groups";
    default:
      return "";
  }
}

}  // namespace

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
