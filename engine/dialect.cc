#include "engine/dialect.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/capabilities.h"
#include "engine/index_statement.h"
#include "engine/lexer.h"
#include "engine/token_reader.h"

namespace engine {
namespace {

// Changes to a text whose tokens are known. Each is made behind the one before.
class TextEdits {
 public:
  explicit TextEdits(std::string_view text) : text_(text) {}

  void replace(const Token& token, std::string_view with) {
    copy_up_to(offset_of(token));
    edited_ += with;
    taken_ += token.text.size();
  }

  void insert_behind(const Token& token, std::string_view words) {
    copy_up_to(offset_of(token) + token.text.size());
    edited_ += words;
  }

  // With the white space before it.
  void remove(const Token& token) {
    std::size_t start = offset_of(token);
    while (start > taken_ && is_space(text_[start - 1])) --start;
    copy_up_to(start);
    taken_ = offset_of(token) + token.text.size();
  }

  std::string finish() {
    copy_up_to(text_.size());
    return std::move(edited_);
  }

 private:
  static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
  std::size_t offset_of(const Token& token) const {
    return static_cast<std::size_t>(token.text.data() - text_.data());
  }
  void copy_up_to(std::size_t end) {
    edited_ += text_.substr(taken_, end - taken_);
    taken_ = end;
  }

  std::string_view text_;
  std::string edited_;
  std::size_t taken_ = 0;  // of text_, copied or removed
};

bool names_btree(const Token& method) {
  return is_word(method, "btree") || method.text == "\"btree\"";
}

// CREATE INDEX -> CREATE INDEX ASYNC, without what a DSQL index has anyway.
std::string make_dsql_index(std::string_view text, const IndexStatement& index) {
  TextEdits edits(text);
  if (index.mode == nullptr) {
    if (!is_supported(Feature::kIndexSynchronous)) edits.insert_behind(*index.index, " ASYNC");
  } else if (is_word(*index.mode, "concurrently") && !is_supported(Feature::kIndexConcurrently)) {
    edits.replace(*index.mode, "ASYNC");
  }
  if (index.method != nullptr && names_btree(*index.method) &&
      !is_supported(Feature::kIndexBtree)) {
    edits.remove(*index.using_word);
    edits.remove(*index.method);
  }
  for (const IndexKey& key : index.keys) {
    const bool ascending = key.sort_order != nullptr && is_word(*key.sort_order, "asc");
    if (ascending && !is_supported(Feature::kIndexSortOrder)) edits.remove(*key.sort_order);
  }
  return edits.finish();
}

std::string make_postgres_index(std::string_view text, const IndexStatement& index) {
  TextEdits edits(text);
  if (index.mode != nullptr && is_word(*index.mode, "async")) {
    edits.replace(*index.mode, "CONCURRENTLY");
  }
  return edits.finish();
}

void prepare_index(std::string_view text, const IndexStatement& index, Dialect dialect,
                   PreparedStatement& prepared) {
  prepared.index_name = index.index_name;
  prepared.table_name = index.table_name;
  if (dialect == Dialect::kDsql) {
    prepared.sql = make_dsql_index(text, index);
    prepared.kind = StatementKind::kDdl;
    prepared.starts_job = true;
  } else {
    prepared.sql = make_postgres_index(text, index);
    prepared.kind = index.mode == nullptr ? StatementKind::kDdl : StatementKind::kStandalone;
  }
}

void prepare_validate(std::string_view text, const ValidateStatement& validate, Dialect dialect,
                      PreparedStatement& prepared) {
  prepared.table_name = validate.table_name;
  prepared.constraint_name = validate.constraint_name;
  TextEdits edits(text);
  if (dialect == Dialect::kDsql) {
    const bool add = validate.async == nullptr && !is_supported(Feature::kValidateSynchronous);
    if (add) edits.insert_behind(*validate.table_word, " ASYNC");
    prepared.starts_job = add || validate.async != nullptr;
  } else if (validate.async != nullptr) {
    edits.remove(*validate.async);
  }
  prepared.sql = edits.finish();
}

}  // namespace

PreparedStatement prepare_statement(const Statement& statement, Dialect dialect) {
  PreparedStatement prepared;
  prepared.sql = statement.text;
  prepared.kind = statement.kind;
  if (statement.kind != StatementKind::kDdl && statement.kind != StatementKind::kStandalone) {
    return prepared;
  }
  const LexResult lexed = lex(statement.text);
  const TokenReader reader(lexed.tokens);
  if (const auto index = parse_index_statement(reader)) {
    prepare_index(statement.text, *index, dialect, prepared);
  } else if (const auto validate = parse_validate_statement(reader)) {
    prepare_validate(statement.text, *validate, dialect, prepared);
  }
  return prepared;
}

}  // namespace engine
