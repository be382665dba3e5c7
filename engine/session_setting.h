// What a statement sets for those behind it, for as long as the connection lasts: SET, and
// set_config(), which is SET in the form of a function. Decided on tokens. What a function or a DO
// block sets of itself cannot be seen.
#pragma once

#include <vector>

#include "engine/directory.h"
#include "engine/problem.h"
#include "engine/token_reader.h"

namespace engine {

// Behind SELECT: one or more calls [pg_catalog.]set_config('name', value, is_local) and nothing
// else, of which twice is as good as once.
bool is_set_config_list(TokenReader rest);

// Whether the file has SET, RESET or such a SELECT: they are sent again after a reconnect, and none
// of the file flies where its statements are transactions of their own.
bool sets_session(const Migration& file);

// Whether it may have: also a query, DO, CALL or EXECUTE, and what names set_config.
bool may_set_session(const Migration& file);

// Of the statements behind the first `applied`: what does not do what it says when the file is not
// one transaction. A role would be that of the ledger's records too; a setting of the transaction
// ends with its statement; one that is part of another statement is lost with the connection.
std::vector<Problem> lint_session(const Migration& file, int applied);

}  // namespace engine
