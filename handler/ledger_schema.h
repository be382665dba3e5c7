// Which schema has the ledger when nobody names one: each schema that is migrated has a ledger of
// its own, as with Atlas and Flyway.
#pragma once

#include <string>
#include <string_view>

#include "handler/request.h"

namespace handler {

// The first schema of a search_path, as the catalog has it; "$user" is passed over, whose schema is
// not known here. "" for none.
std::string find_first_schema(std::string_view search_path);

// Sets the schema, and where the ledger would have been before. `history_schema`: where the
// configuration file has its tool's history, "" for none; else it is the schema that is migrated.
// "dsql_migrate" of public. Throws RequestError naming "ledgerSchema" when the name is too long.
void choose_ledger(const std::string& history_schema, Request* request);

// Whether it is a name that may be chosen so, of a schema other than public.
bool is_chosen_ledger(std::string_view name);

}  // namespace handler
