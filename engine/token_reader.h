// A statement's tokens read as keywords and names: what classification, translation and lint share.
// Comments are left out. Every function may look past the end, where nothing matches.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "engine/lexer.h"

namespace engine {

// True when `token` is the unquoted word `word` (given in lower case) in any case, or the operator
// or punctuation `word`. Never true for a string or a quoted name.
bool is_word(const Token& token, std::string_view word);

// An unquoted word in lower case (ASCII, as PostgreSQL folds), every other token as written.
std::string fold_token(const Token& token);

class TokenReader {
 public:
  // The tokens behind `first`, `last` excluded. They must outlive the reader.
  TokenReader(const Token* first, const Token* last);
  explicit TokenReader(const std::vector<Token>& tokens);

  bool at_end() const { return at_ == last_; }
  // The token here; precondition: not at_end().
  const Token& token() const { return *at_; }
  void advance();

  // Whether the next tokens are these words (see is_word); nothing is consumed.
  bool peek(std::initializer_list<std::string_view> words) const;
  // Consumes the words when the next tokens are exactly them.
  bool accept(std::initializer_list<std::string_view> words);
  bool peek(std::string_view word) const { return peek({word}); }
  bool accept(std::string_view word) { return accept({word}); }
  bool peek_any(std::initializer_list<std::string_view> words) const;

  bool peek_name() const;  // a word or a quoted name
  // Consumes name { . name } and returns it as written, without the white space; "" when there is
  // none.
  std::string accept_qualified_name();
  // At an opening parenthesis or bracket: consumes up to and with the one that closes it.
  bool accept_group();
  // Consumes one token, or one whole group.
  void skip();
  // The same as accept_group; returns the parts between its commas, empty ones left out.
  std::vector<TokenReader> accept_list();
  // The parts between the commas outside groups, from here to the end.
  std::vector<TokenReader> split_at_commas() const;

 private:
  const Token* skip_comments(const Token* at) const;
  // At ( or [: the token that closes it, the end when none does.
  const Token* find_group_end() const;

  const Token* at_;
  const Token* last_;
};

}  // namespace engine
