#include "engine/token_reader.h"

#include <algorithm>
#include <cstddef>

#include "engine/ascii.h"

namespace engine {
namespace {}  // namespace

bool is_word(const Token& token, std::string_view word) {
  if (token.kind != TokenKind::kWord && token.kind != TokenKind::kPunctuation &&
      token.kind != TokenKind::kOperator) {
    return false;
  }
  return std::equal(token.text.begin(), token.text.end(), word.begin(), word.end(),
                    [](char a, char b) { return to_lower(a) == b; });
}

std::string fold_token(const Token& token) {
  return token.kind == TokenKind::kWord ? to_lower(token.text) : std::string(token.text);
}

TokenReader::TokenReader(const Token* first, const Token* last) : at_(first), last_(last) {
  at_ = skip_comments(at_);
}

TokenReader::TokenReader(const std::vector<Token>& tokens)
    : TokenReader(tokens.data(), tokens.data() + tokens.size()) {}

const Token* TokenReader::skip_comments(const Token* at) const {
  while (at != last_ && (at->kind == TokenKind::kComment || at->kind == TokenKind::kDelimiter)) {
    ++at;
  }
  return at;
}

void TokenReader::advance() {
  if (at_ != last_) at_ = skip_comments(at_ + 1);
}

bool TokenReader::peek(std::initializer_list<std::string_view> words) const {
  const Token* at = at_;
  for (const std::string_view word : words) {
    if (at == last_ || !is_word(*at, word)) return false;
    at = skip_comments(at + 1);
  }
  return true;
}

bool TokenReader::accept(std::initializer_list<std::string_view> words) {
  if (!peek(words)) return false;
  for (std::size_t i = 0; i < words.size(); ++i) advance();
  return true;
}

bool TokenReader::peek_any(std::initializer_list<std::string_view> words) const {
  return !at_end() && std::any_of(words.begin(), words.end(),
                                  [this](std::string_view word) { return is_word(*at_, word); });
}

bool TokenReader::peek_name() const {
  return !at_end() && (at_->kind == TokenKind::kWord || at_->kind == TokenKind::kQuotedName);
}

std::string TokenReader::accept_qualified_name() {
  std::string name;
  while (peek_name()) {
    name += at_->text;
    advance();
    if (!peek(".")) break;
    name += '.';
    advance();
  }
  return name;
}

const Token* TokenReader::find_group_end() const {
  std::size_t depth = 0;
  for (const Token* at = at_; at != last_; ++at) {
    if (is_word(*at, "(") || is_word(*at, "[")) ++depth;
    if ((is_word(*at, ")") || is_word(*at, "]")) && --depth == 0) return at;
  }
  return last_;
}

bool TokenReader::accept_group() {
  if (!peek("(") && !peek("[")) return false;
  at_ = find_group_end();
  advance();
  return true;
}

std::vector<TokenReader> TokenReader::split_at_commas() const {
  std::vector<TokenReader> parts;
  TokenReader rest = *this;
  while (!rest.at_end()) {
    const Token* first = rest.at_;
    while (!rest.at_end() && !rest.peek(",")) rest.skip();
    if (rest.at_ != first) parts.push_back(TokenReader(first, rest.at_));
    rest.accept(",");
  }
  return parts;
}

std::vector<TokenReader> TokenReader::accept_list() {
  if (!peek("(") && !peek("[")) return {};
  const TokenReader inside(at_ + 1, find_group_end());
  accept_group();
  return inside.split_at_commas();
}

void TokenReader::skip() {
  if (!accept_group()) advance();
}

}  // namespace engine
