// The parts of CREATE INDEX and of ALTER TABLE ... VALIDATE CONSTRAINT that translation and lint
// work on. Pointers are to tokens of the statement parsed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/token_reader.h"

namespace engine {

struct IndexKey {
  const Token* first = nullptr;    // of the column or expression
  const Token* opclass = nullptr;  // each nullptr when not written
  const Token* collate = nullptr;
  const Token* sort_order = nullptr;  // ASC or DESC
};

struct IndexStatement {
  const Token* index = nullptr;       // the word INDEX
  const Token* mode = nullptr;        // CONCURRENTLY or ASYNC, nullptr for neither
  const Token* name = nullptr;        // first token of the name
  const Token* table = nullptr;       // first token of the table's name
  const Token* using_word = nullptr;  // USING, and the method behind it
  const Token* method = nullptr;
  const Token* include_expression = nullptr;  // first INCLUDE entry that is no plain column
  const Token* storage = nullptr;             // WITH ( or TABLESPACE
  std::string index_name;                     // "" when left to the server
  std::string table_name;
  std::vector<IndexKey> keys;
};

// nullopt for any other statement, and for one cut off before its keys.
std::optional<IndexStatement> parse_index_statement(TokenReader statement);

struct ValidateStatement {
  const Token* table_word = nullptr;  // the word TABLE
  const Token* async = nullptr;       // nullptr when not written
  std::string table_name;
  std::string constraint_name;
};

// ALTER TABLE [ASYNC] ... VALIDATE CONSTRAINT as the one action; nullopt for anything else.
std::optional<ValidateStatement> parse_validate_statement(TokenReader statement);

// Whether the words IF NOT EXISTS are anywhere in it.
bool says_if_not_exists(const std::string& sql);

}  // namespace engine
