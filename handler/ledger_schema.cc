#include "handler/ledger_schema.h"

#include <algorithm>

#include "engine/ascii.h"
#include "engine/name.h"
#include "handler/request_error.h"

namespace handler {
namespace {

constexpr const char* kDefault = "dsql_migrate";
constexpr std::string_view kPrefix = "dsql_migrate_";

// The comma behind the first name, or the end.
std::size_t find_end(std::string_view path) {
  bool quoted = false;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '"') quoted = !quoted;
    if (path[i] == ',' && !quoted) return i;
  }
  return path.size();
}

}  // namespace

std::string find_first_schema(std::string_view search_path) {
  while (!search_path.empty()) {
    const auto end = find_end(search_path);
    auto name = engine::catalog_name(engine::trimmed(search_path.substr(0, end)));
    if (!name.empty() && name != "$user") return name;
    search_path.remove_prefix(std::min(end + 1, search_path.size()));
  }
  return "";
}

void choose_ledger(const std::string& history_schema, Request* request) {
  const auto schema =
      history_schema.empty() ? find_first_schema(request->target.search_path) : history_schema;
  request->ledger_schema = kDefault;
  if (schema.empty() || schema == "public" || !request->connects()) return;
  request->earlier_ledger_schema = kDefault;
  request->ledger_schema = std::string(kPrefix) + schema;
  if (request->ledger_schema.size() <= engine::kNameLength) return;
  throw RequestError("ledgerSchema",
                     "the ledger of schema '" + schema + "' cannot be called " +
                         request->ledger_schema + ", which is longer than 63 bytes",
                     "give ledgerSchema a name of its own, another one for each schema");
}

bool is_chosen_ledger(std::string_view name) {
  return name.size() > kPrefix.size() && name.starts_with(kPrefix) &&
         name.find('\0') == std::string_view::npos;
}

}  // namespace handler
