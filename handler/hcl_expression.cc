#include <array>
#include <cctype>
#include <charconv>

#include "handler/hcl_reader.h"

namespace handler {
namespace {

using Kind = HclExpression::Kind;

struct Operator {
  std::string_view text;
  int precedence;
};

// Longer ones first; spec.md, "Operations".
constexpr std::array kOperators = {
    Operator{"||", 1}, Operator{"&&", 2}, Operator{"==", 3}, Operator{"!=", 3}, Operator{"<=", 4},
    Operator{">=", 4}, Operator{"<", 4},  Operator{">", 4},  Operator{"+", 5},  Operator{"-", 5},
    Operator{"*", 6},  Operator{"/", 6},  Operator{"%", 6},
};

HclExpression make(Kind kind, std::size_t offset, std::string text = "") {
  HclExpression expression;
  expression.kind = kind;
  expression.offset = offset;
  expression.text = std::move(text);
  return expression;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

HclExpression HclReader::read_expression() {
  const Depth depth(*this);
  HclExpression condition = read_binary(1);
  skip_blanks();
  if (!accept("?")) return condition;
  HclExpression whole = make(Kind::kConditional, condition.offset);
  whole.parts.push_back(std::move(condition));
  whole.parts.push_back(read_expression());
  expect(":", "':' and what the condition gives when it is false");
  whole.parts.push_back(read_expression());
  return whole;
}

std::string HclReader::take_operator(int lowest, int* precedence) {
  skip_blanks();
  for (const Operator& candidate : kOperators) {
    if (!starts_with(candidate.text)) continue;
    if (candidate.precedence < lowest) return "";
    *precedence = candidate.precedence;
    at_ += candidate.text.size();
    return std::string(candidate.text);
  }
  return "";
}

HclExpression HclReader::read_binary(int lowest) {
  const Depth depth(*this);
  HclExpression left = read_unary();
  int precedence = 0;
  // Each turn makes the tree one deeper on its left: that counts as nesting too.
  int turns = 0;
  for (std::string op = take_operator(lowest, &precedence); !op.empty();
       op = take_operator(lowest, &precedence)) {
    if (++turns > 64) refuse("this is nested too deeply");
    HclExpression whole = make(Kind::kBinary, left.offset, std::move(op));
    whole.parts.push_back(std::move(left));
    whole.parts.push_back(read_binary(precedence + 1));
    left = std::move(whole);
  }
  return left;
}

HclExpression HclReader::read_unary() {
  const Depth depth(*this);
  skip_blanks();
  if (peek() != '!' && peek() != '-') return read_postfix(read_primary());
  HclExpression whole = make(Kind::kUnary, at_, std::string(1, peek()));
  ++at_;
  whole.parts.push_back(read_unary());
  return whole;
}

HclExpression HclReader::read_primary() {
  if (is_digit(peek())) return read_number();
  if (peek() == '"') return read_string();
  if (starts_with("<<")) return read_heredoc();
  if (peek() == '[') return read_list();
  if (peek() == '{') return read_object();
  if (at_name()) return read_name();
  if (peek() != '(') refuse("a value is wanted here");
  ++at_;
  const LineEnds blanks(*this, true);
  HclExpression inner = read_expression();
  expect(")", "')'");
  return inner;
}

HclExpression HclReader::read_postfix(HclExpression from) {
  for (int turns = 0;; ++turns) {
    if (turns > 64) refuse("this is nested too deeply");
    const std::size_t offset = from.offset;
    if (peek() == '.' && peek(1) != '.') {
      ++at_;
      if (peek() == '*') refuse("a splat (*) is not read here");
      if (!at_name()) refuse("a name is wanted behind the dot", "An index is written [0].");
      HclExpression whole = make(Kind::kAttribute, offset, take_name());
      whole.parts.push_back(std::move(from));
      from = std::move(whole);
    } else if (peek() == '[') {
      ++at_;
      const LineEnds blanks(*this, true);
      skip_blanks();
      if (peek() == '*') refuse("a splat (*) is not read here");
      HclExpression whole = make(Kind::kIndex, offset);
      whole.parts.push_back(std::move(from));
      whole.parts.push_back(read_expression());
      expect("]", "']'");
      from = std::move(whole);
    } else {
      return from;
    }
  }
}

HclExpression HclReader::read_number() {
  HclExpression number = make(Kind::kLiteral, at_);
  const char* begin = text_.data() + at_;
  const char* end = text_.data() + text_.size();
  long long whole = 0;
  const auto [whole_end, whole_error] = std::from_chars(begin, end, whole);
  double real = 0;
  const auto [real_end, real_error] = std::from_chars(begin, end, real);
  if (real_error != std::errc{}) refuse("this number is too large");
  number.value = whole_end == real_end && whole_error == std::errc{} ? nlohmann::json(whole)
                                                                     : nlohmann::json(real);
  at_ += static_cast<std::size_t>(real_end - begin);
  return number;
}

HclExpression HclReader::read_name() {
  const std::size_t offset = at_;
  const std::string name = take_name();
  HclExpression expression = make(Kind::kLiteral, offset);
  if (name == "true" || name == "false") {
    expression.value = name == "true";
    return expression;
  }
  if (name == "null") return expression;
  expression.text = name;
  skip_blanks();
  if (!accept("(")) {
    expression.kind = Kind::kVariable;
    return expression;
  }
  expression.kind = Kind::kCall;
  const LineEnds blanks(*this, true);
  for (skip_blanks(); !accept(")"); skip_blanks()) {
    expression.parts.push_back(read_expression());
    skip_blanks();
    if (starts_with("...")) refuse("'...' behind an argument is not read here");
    if (!accept(",") && peek() != ')') refuse("',' or ')' is wanted here");
  }
  return expression;
}

HclExpression HclReader::read_list() {
  HclExpression list = make(Kind::kList, at_);
  ++at_;
  const LineEnds blanks(*this, true);
  for (skip_blanks(); !accept("]"); skip_blanks()) {
    if (starts_with("for ")) refuse("a for expression is not read here");
    list.parts.push_back(read_expression());
    skip_blanks();
    if (!accept(",") && peek() != ']') refuse("',' or ']' is wanted here");
  }
  return list;
}

HclExpression HclReader::read_object() {
  HclExpression object = make(Kind::kObject, at_);
  ++at_;
  const LineEnds ends(*this, false);
  for (skip_blank_lines(); !accept("}"); skip_blank_lines()) {
    if (starts_with("for ")) refuse("a for expression is not read here");
    object.parts.push_back(read_object_key());
    skip_blanks();
    if (!accept("=") && !accept(":")) refuse("'=' is wanted here");
    object.parts.push_back(read_expression());
    skip_blanks();
    if (!accept(",") && !at_line_end() && peek() != '}') refuse("',' or '}' is wanted here");
  }
  return object;
}

HclExpression HclReader::read_object_key() {
  if (!at_name()) return read_primary();
  HclExpression key = make(Kind::kLiteral, at_);
  key.value = take_name();
  return key;
}

}  // namespace handler
