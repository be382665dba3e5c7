// What kind of statement a run of tokens is, from its first words.
#pragma once

#include "engine/statement.h"
#include "engine/token_reader.h"

namespace engine {

// `statement` stands at the first token of one statement. Words DSQL alone knows (AWS IAM GRANT,
// CREATE INDEX ASYNC) are known; an index built CONCURRENTLY is kStandalone as written.
StatementKind classify_statement(TokenReader statement);

}  // namespace engine
