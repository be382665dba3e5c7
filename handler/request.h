// What one invocation is asked to do: every field of an event, with its environment variable and
// default, in one table (request_fields.cc) that also writes the --help text.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "engine/foreign_history.h"
#include "engine/format.h"
#include "engine/info.h"
#include "engine/repair.h"
#include "engine/rollback.h"
#include "engine/selection.h"
#include "engine/sum_check.h"
#include "handler/settings.h"
#include "handler/source.h"
#include "handler/target.h"
#include "runtime/environment.h"

namespace handler {

enum class Command {
  kApply,
  kStatus,
  kPlan,
  kValidate,
  kInfo,
  kHash,
  kUndo,
  kRepair,
  kBaseline,
  kAdopt,
};

const char* to_string(Command command);

struct Request {
  Command command = Command::kApply;
  Source source;
  engine::DirectoryFormat format;
  engine::TransactionMode transaction = engine::TransactionMode::kFile;  // postgres:// only
  engine::Selection selection;  // of the files that are not applied
  Target target;                // without a host when the command may do without one, and has none
  engine::SumRule sum = engine::SumRule::kVerify;  // apply, plan, validate: of atlas.sum
  bool offline = false;                            // validate: the files only
  engine::InfoPage page;                           // with kInfo
  bool allow_empty = false;                        // an empty source is not an error
  bool ignore_history = false;      // apply, plan: another tool's history is not of these files
  bool tolerates_existing = false;  // apply: what is there already counts as made
  bool dry_run = false;             // undo: only says what it would run
  bool write = false;               // hash: write atlas.sum, not only answer with it
  bool wait = false;                // status: wait for a run or a job under way
  bool wait_for_indexes = true;     // apply: stay until index builds and validations have ended
  std::chrono::seconds wait_timeout{300};
  // How long to wait for another run to end; nullopt: 75 s, for a custom resource its whole budget.
  std::optional<std::chrono::seconds> lock_timeout;
  int pipeline = 250;                // statements on their way at once; RunOptions::flight
  std::chrono::seconds reserve{10};  // no statement starts with less time than this left
  std::string version;               // with kRepair, kBaseline
  // With kRepair.
  int statement = 0;  // 0 for none
  std::optional<engine::RepairRequest::Outcome> outcome;
  bool force = false;
  engine::HistoryChoice history;
  engine::AdoptRequest adopt;  // with kAdopt
  // PostgreSQL's own limits on what the session sends; nullopt leaves the server's, 0 is none.
  std::optional<std::chrono::seconds> statement_timeout;
  std::optional<std::chrono::seconds> table_lock_timeout;
  // What a custom resource's Update does with the files of an earlier release.
  engine::OnRollback on_rollback = engine::OnRollback::kIgnore;
  std::string ledger_schema;          // named, else chosen (ledger_schema.h)
  std::string earlier_ledger_schema;  // RunOptions'; with one that is chosen
  std::string role_arn;               // assumed before the token is signed; "" for none
  std::string external_id;
  std::string password_secret;  // Secrets Manager name or ARN, postgres:// only
  bool iam_auth = false;        // RDS IAM token, postgres:// only
  std::string content_digest;   // not read: makes CloudFormation see a change
  ConfigChoice config;
  std::vector<engine::Problem> warnings;  // about the configuration file

  // Whether the database is asked at all.
  bool connects() const {
    return command != Command::kHash &&
           (command != Command::kValidate || (!offline && !target.host.empty()));
  }
};

// The request in a direct event: each field from the event, else the configuration file it names,
// else its environment variable, else its default. An EventBridge envelope is passed as {}. Throws
// RequestError naming the field: one that is unknown, of the wrong type, out of range, or missing;
// and what `read_settings` throws, which is asked only when there is a `config`.
Request parse_request(const nlohmann::json& event, const runtime::Environment& environment,
                      const SettingsReader& read_settings);

// The same from a custom resource's ResourceProperties: names with a capital first letter, scalars
// as strings (as CloudFormation sends them), "" as good as absent; ServiceToken and ServiceTimeout
// are left out.
Request parse_resource_properties(const nlohmann::json& properties,
                                  const runtime::Environment& environment,
                                  const SettingsReader& read_settings);

// One line a field: event name, variable, default, meaning.
std::string describe_fields();

}  // namespace handler
