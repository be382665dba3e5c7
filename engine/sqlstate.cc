#include "engine/sqlstate.h"

#include <algorithm>
#include <array>

namespace engine {
namespace {

struct Mapping {
  std::string_view prefix;  // of the SQLSTATE; the first that fits decides
  ErrorKind kind;
};

constexpr std::array kMappings = {
    Mapping{"40001", ErrorKind::kConflict},        // serialization_failure
    Mapping{"OC000", ErrorKind::kConflict},        // DSQL: data conflict
    Mapping{"OC001", ErrorKind::kConflict},        // DSQL: the catalog moved
    Mapping{"40003", ErrorKind::kUnavailable},     // statement_completion_unknown
    Mapping{"XX000", ErrorKind::kUnavailable},     // DSQL: "server unavailable"
    Mapping{"08", ErrorKind::kConnectionLost},     // connection exceptions
    Mapping{"57P01", ErrorKind::kConnectionLost},  // admin_shutdown, pg_terminate_backend
    Mapping{"57P02", ErrorKind::kConnectionLost},  // crash_shutdown
    Mapping{"57P05", ErrorKind::kConnectionLost},  // idle_session_timeout
    Mapping{"25P03", ErrorKind::kConnectionLost},  // idle_in_transaction_session_timeout
    Mapping{"57P03", ErrorKind::kConnect},         // cannot_connect_now
    Mapping{"53300", ErrorKind::kConnect},         // too_many_connections
    Mapping{"28", ErrorKind::kAuthentication},     // invalid_authorization_specification
};

constexpr std::array<std::string_view, 5> kExists = {
    "42P07",  // duplicate_table: tables, indexes, views, sequences
    "42710",  // duplicate_object: constraints, roles, domains
    "42701",  // duplicate_column
    "42P06",  // duplicate_schema
    "42723",  // duplicate_function
};

constexpr std::array<std::string_view, 5> kMissing = {
    "42P01",  // undefined_table
    "42704",  // undefined_object
    "42703",  // undefined_column
    "3F000",  // invalid_schema_name
    "42883",  // undefined_function
};

}  // namespace

ErrorKind error_kind_of(std::string_view sqlstate) {
  const auto* found = std::find_if(kMappings.begin(), kMappings.end(), [&](const Mapping& mapping) {
    return sqlstate.starts_with(mapping.prefix);
  });
  return found == kMappings.end() ? ErrorKind::kStatement : found->kind;
}

bool says_exists(std::string_view sqlstate) {
  return std::find(kExists.begin(), kExists.end(), sqlstate) != kExists.end();
}

bool says_missing(std::string_view sqlstate) {
  return std::find(kMissing.begin(), kMissing.end(), sqlstate) != kMissing.end();
}

}  // namespace engine
