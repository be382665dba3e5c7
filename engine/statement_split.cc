#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "engine/digest.h"
#include "engine/lex_error.h"
#include "engine/lexer.h"
#include "engine/statement_kind.h"
#include "engine/token_reader.h"

// A statement ends at a semicolon outside parentheses and outside the body of CREATE FUNCTION or
// PROCEDURE ... BEGIN ATOMIC ... END, in which CASE ... END is counted (psqlscan.l, "identifiers").
// Beyond psql: BEGIN counts only with ATOMIC behind it, and CASE and END do not count as the label
// they are behind AS or a dot.

namespace engine {
namespace {

std::string hash_tokens(TokenReader tokens) {
  std::string joined;
  for (; !tokens.at_end(); tokens.advance()) {
    if (!joined.empty()) joined += ' ';
    joined += fold_token(tokens.token());
  }
  return sha256_hex(joined);
}

class Splitter {
 public:
  Splitter(std::string_view text, const LexResult& lexed) : text_(text), lexed_(lexed) {}

  SplitResult run() {
    for (const Token& token : lexed_.tokens) {
      if (token.kind == TokenKind::kComment) continue;
      if (ends_statement(token)) {
        finish();
        continue;
      }
      if (!take(token)) return std::move(result_);
    }
    if (!lexed_.errors.empty()) {
      result_.errors = lexed_.errors;
    } else if (!open_.empty()) {
      fail(LexFault::kNotClosed, *open_.back());
    } else if (!blocks_.empty()) {
      fail(LexFault::kBlock, *blocks_.front());
    } else {
      finish();
    }
    return std::move(result_);
  }

 private:
  // An empty line, given as a delimiter, may be inside a routine's body.
  bool ends_statement(const Token& token) const {
    if (token.kind == TokenKind::kDelimiter) return blocks_.empty() || !is_blank(token.text);
    return is_word(token, ";") && open_.empty() && blocks_.empty();
  }

  static bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
  }

  bool take(const Token& token) {
    if (token.kind == TokenKind::kDelimiter) return true;
    if (first_ == nullptr) {
      first_ = &token;
      routine_ = creates_routine(token);
    }
    if (token.kind == TokenKind::kPunctuation && !take_bracket(token)) return false;
    if (token.kind == TokenKind::kWord && routine_ && open_.empty()) take_routine_word(token);
    last_ = &token;
    return true;
  }

  bool take_bracket(const Token& token) {
    const char c = token.text.front();
    if (c == '(' || c == '[') {
      open_.push_back(&token);
    } else if (c == ')' || c == ']') {
      const char opener = c == ')' ? '(' : '[';
      if (open_.empty() || open_.back()->text.front() != opener) {
        fail(LexFault::kClosesNothing, token);
        return false;
      }
      open_.pop_back();
    }
    return true;
  }

  bool creates_routine(const Token& first) const {
    TokenReader reader(&first, lexed_.tokens.data() + lexed_.tokens.size());
    if (!reader.accept("create")) return false;
    reader.accept({"or", "replace"});
    return reader.peek_any({"function", "procedure"});
  }

  void take_routine_word(const Token& token) {
    const bool label = last_ != nullptr && (is_word(*last_, "as") || is_word(*last_, "."));
    if (label) return;
    TokenReader reader(&token, lexed_.tokens.data() + lexed_.tokens.size());
    if (reader.peek({"begin", "atomic"}) || (!blocks_.empty() && reader.peek("case"))) {
      blocks_.push_back(&token);
    } else if (!blocks_.empty() && reader.peek("end")) {
      blocks_.pop_back();
    }
  }

  void finish() {
    if (first_ != nullptr) {
      const TokenReader tokens(first_, last_ + 1);
      const auto begin = static_cast<std::size_t>(first_->text.data() - text_.data());
      const auto end =
          static_cast<std::size_t>(last_->text.data() - text_.data()) + last_->text.size();
      result_.statements.push_back({std::string(text_.substr(begin, end - begin)), first_->line,
                                    first_->column, classify_statement(tokens),
                                    hash_tokens(tokens)});
    }
    first_ = last_ = nullptr;
    routine_ = false;
  }

  void fail(LexFault fault, const Token& token) {
    const auto offset = static_cast<std::size_t>(token.text.data() - text_.data());
    result_.errors.push_back(make_lex_error(fault, text_, offset, token.line, token.column));
  }

  std::string_view text_;
  const LexResult& lexed_;
  SplitResult result_;
  const Token* first_ = nullptr;  // of the statement under way
  const Token* last_ = nullptr;
  bool routine_ = false;              // it is a CREATE FUNCTION or PROCEDURE
  std::vector<const Token*> open_;    // ( and [ not yet closed
  std::vector<const Token*> blocks_;  // BEGIN ATOMIC and CASE not yet ended
};

}  // namespace

SplitResult split_statements(std::string_view text) {
  const std::string delimiter = find_delimiter(text);
  const LexResult lexed = lex(text, delimiter);
  SplitResult result = Splitter(text, lexed).run();
  if (result.errors.empty()) {
    result.directives = read_directives(text, lexed.tokens, result.statements);
  }
  return result;
}

}  // namespace engine
