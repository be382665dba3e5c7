#include "handler/request_check.h"

#include <string>

#include "handler/request_error.h"

namespace handler {
namespace {

void check_database(const Request& request) {
  if (request.target.host.empty()) return;
  const bool dsql = request.target.dialect == engine::Dialect::kDsql;
  if (dsql && !request.password_secret.empty()) {
    throw RequestError("passwordSecret", "passwordSecret does not go with a dsql:// target",
                       "the function signs an IAM token by itself: leave the field out");
  }
  if (dsql && request.iam_auth) {
    throw RequestError("iamAuth", "iamAuth is for postgres:// targets",
                       "a dsql:// target always uses an IAM token: leave the field out");
  }
  if (dsql && (request.statement_timeout || request.table_lock_timeout)) {
    const auto* name = request.statement_timeout ? "statementTimeout" : "tableLockTimeout";
    throw RequestError(name, std::string(name) + " is for postgres:// targets",
                       "Aurora DSQL has neither setting, nor locks to wait for: leave it out");
  }
  if (request.iam_auth && request.target.region.empty()) {
    throw RequestError("target", "iamAuth needs the target's region",
                       "add ?region=REGION to the target");
  }
  if (!request.external_id.empty() && request.role_arn.empty()) {
    throw RequestError("externalId", "externalId is given without roleArn",
                       "give both, or neither");
  }
}

void check_repair(const Request& request) {
  const bool whole_file = request.outcome == engine::RepairRequest::Outcome::kChecksum;
  if (!request.outcome) {
    throw RequestError("outcome", "repair needs an outcome",
                       "done or notDone with a statement, or checksum");
  }
  const bool of_all = request.outcome != engine::RepairRequest::Outcome::kDone &&
                      request.statement == 0 && !request.force;
  if (request.version.empty() && of_all) return;
  if (request.version.empty()) {
    throw RequestError("version", "this repair needs the version of a migration",
                       "status and plan name those that are not complete");
  }
  if (request.statement == 0 && !whole_file) {
    throw RequestError("statement", "this outcome is one of a statement",
                       "give the statement's number in its file, from 1");
  }
  if (request.statement != 0 && whole_file) {
    throw RequestError("statement", "outcome checksum is one of a whole file",
                       "leave statement out");
  }
}

// A field that would be passed over in silence is a mistake.
void check_no_repair(const Request& request, bool has_version) {
  const char* name = nullptr;
  if (request.force) name = "force";
  if (request.outcome) name = "outcome";
  if (request.statement != 0) name = "statement";
  if (!has_version && !request.version.empty()) name = "version";
  if (name == nullptr) return;
  throw RequestError(name, std::string(name) + " is for command repair",
                     "leave it out, or give \"command\":\"repair\"");
}

void check_write(const Request& request) {
  if (!request.write) return;
  if (request.command != Command::kHash) {
    throw RequestError("write", "write is for command hash",
                       "leave it out, or give \"command\":\"hash\"");
  }
  if (request.source.archive) {
    throw RequestError("write",
                       "atlas.sum is not written into an archive: that is one object, packed "
                       "elsewhere",
                       "give hash the folder that is packed; or leave write out, and put the "
                       "answer's text there");
  }
}

void check_undo(const Request& request) {
  if (request.command != Command::kUndo) {
    if (!request.dry_run) return;
    throw RequestError("dryRun", "dryRun is for command undo",
                       "leave it out; command plan says what apply would run");
  }
  const auto& to = request.selection.to_version;
  if (to != "next" && to != "current" && !to.ends_with('?')) return;
  throw RequestError("toVersion", "toVersion '" + to + "' says nothing to an undo",
                     "give the version that is to stay, none, or leave it out for the last one");
}

void check_no_adopt(const Request& request) {
  if (request.adopt.accept.empty()) return;
  throw RequestError("accept", "accept is for command adopt",
                     "leave it out, or give \"command\":\"adopt\"");
}

void check_config(const Request& request) {
  if (!request.config.config.empty()) return;
  const bool env = !request.config.env.empty();
  if (!env && request.config.variables.empty()) return;
  const std::string name = env ? "env" : "variables";
  throw RequestError(name, name + " is given without a config",
                     "name the file that has them in config, or leave it out");
}

}  // namespace

void check_request(const Request& request) {
  check_config(request);
  check_database(request);
  check_write(request);
  check_undo(request);
  if (request.command == Command::kRepair) {
    check_repair(request);
  } else {
    check_no_repair(request, request.command == Command::kBaseline);
  }
  if (request.command != Command::kAdopt) check_no_adopt(request);
  if (request.command == Command::kBaseline && request.version.empty()) {
    throw RequestError("version", "baseline needs a version",
                       "give the last one whose changes the database has already");
  }
}

}  // namespace handler
