#include "engine/insert_parts.h"

#include <algorithm>

#include "engine/excerpt.h"
#include "engine/token_reader.h"

namespace engine {
namespace {

// A statement's tokens without comments, one ahead.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text), tokens_(text) { advance(); }

  bool at_end() const { return !token_; }
  bool peek(std::string_view word) const { return token_ && is_word(*token_, word); }
  bool accept(std::string_view word) {
    if (!peek(word)) return false;
    advance();
    return true;
  }
  bool accept_name() {
    const bool name =
        token_ && (token_->kind == TokenKind::kWord || token_->kind == TokenKind::kQuotedName);
    if (name) advance();
    return name;
  }
  bool accept_group() {
    if (!accept("(")) return false;
    for (int depth = 1; depth > 0; advance()) {
      if (at_end()) return false;
      if (peek("(") || peek("[")) ++depth;
      if (peek(")") || peek("]")) --depth;
    }
    return true;
  }
  bool skip_to(std::string_view word) {
    while (token_ && !peek(word)) advance();
    return !at_end();
  }
  // Of the token here, the text's size at the end.
  std::size_t offset() const {
    return token_ ? static_cast<std::size_t>(token_->text.data() - text_.data()) : text_.size();
  }

 private:
  void advance() {
    do {
      token_ = tokens_.next();
    } while (token_ && token_->kind == TokenKind::kComment);
  }

  std::string_view text_;
  TokenStream tokens_;
  std::optional<Token> token_;
};

// INSERT INTO t [AS a] [(columns)] [OVERRIDING USER | SYSTEM VALUE] VALUES
bool accept_head(Reader& reader) {
  if (!reader.accept("insert") || !reader.accept("into") || !reader.accept_name()) return false;
  while (reader.accept(".")) {
    if (!reader.accept_name()) return false;
  }
  if (reader.accept("as") && !reader.accept_name()) return false;
  if (reader.peek("(") && !reader.accept_group()) return false;
  if (reader.accept("overriding")) {
    if (!reader.accept("user") && !reader.accept("system")) return false;
    if (!reader.accept("value")) return false;
  }
  return reader.accept("values");
}

std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

}  // namespace

std::optional<InsertParts> InsertParts::parse(std::string_view insert) {
  Reader reader(insert);
  if (!accept_head(reader)) return std::nullopt;
  const auto begin = reader.offset();
  long long rows = 0;
  do {
    if (!reader.accept_group()) return std::nullopt;
    ++rows;
  } while (reader.accept(","));
  if (!reader.at_end() && !reader.peek("on") && !reader.peek("returning")) return std::nullopt;
  InsertParts parts(insert, begin, reader.offset());
  parts.rows_ = rows;
  return parts;
}

InsertParts::InsertParts(std::string_view insert, std::size_t rows_begin, std::size_t rows_end)
    : text_(insert),
      head_(insert.substr(0, rows_begin)),
      tail_(insert.substr(rows_end)),
      values_(insert.substr(rows_begin, rows_end - rows_begin)),
      at_{TokenStream(values_)},
      before_(at_) {}

std::optional<InsertParts::Row> InsertParts::read_row() {
  std::size_t row = 0;
  for (int depth = 0;;) {
    const auto token = at_.tokens.next();
    if (!token) return std::nullopt;
    const auto begin = static_cast<std::size_t>(token->text.data() - text_.data());
    if (is_word(*token, "(") || is_word(*token, "[")) {
      if (depth++ == 0) row = begin;
    } else if ((is_word(*token, ")") || is_word(*token, "]")) && --depth == 0) {
      ++at_.done;
      return Row{row, begin + 1};
    }
  }
}

void InsertParts::skip_to(long long done) {
  while (at_.done < done && read_row()) {
  }
  before_ = at_;
}

std::optional<InsertPart> InsertParts::next(const InsertLimits& limits) {
  before_ = at_;
  const auto first = read_row();
  if (!first) return std::nullopt;
  part_ = *first;
  InsertPart part;
  for (part.rows = 1; part.rows < limits.rows; ++part.rows) {
    const auto place = at_;
    const auto row = read_row();
    const bool fits = row && head_.size() + row->end - part_.begin + tail_.size() <= limits.bytes;
    if (!fits) {
      at_ = place;
      break;
    }
    part_.end = row->end;
  }
  part.done = at_.done;
  part.last = at_.done == rows_;
  part.sql = std::string(head_);
  part.sql += text_.substr(part_.begin, part_.end - part_.begin);
  if (!tail_.empty()) part.sql.append("\n").append(tail_);
  return part;
}

void InsertParts::go_back() { at_ = before_; }

int InsertParts::position_in_statement(int position) const {
  const auto rows = text_.substr(part_.begin, part_.end - part_.begin);
  const auto head = static_cast<int>(count_code_points(head_));
  const auto end = head + static_cast<int>(count_code_points(rows));
  if (position <= head) return position;  // 0 as well: not known
  const auto skipped = text_.substr(head_.size(), part_.begin - head_.size());
  if (position <= end) return position + static_cast<int>(count_code_points(skipped));
  const auto tail = text_.size() - tail_.size();
  return position - end - 1 + static_cast<int>(count_code_points(text_.substr(0, tail)));
}

bool inserts_written_rows(std::string_view statement) {
  Reader reader(statement);
  return accept_head(reader) && !reader.skip_to("select");
}

bool must_be_cut(std::string_view statement, const InsertLimits& limits) {
  constexpr std::size_t kShortestRow = 4;  // "(1),"
  if (statement.size() < static_cast<std::size_t>(limits.rows) * kShortestRow) return false;
  const auto parts = InsertParts::parse(statement);
  if (!parts || parts->rows() == 1) return false;
  return parts->rows() > limits.rows || statement.size() > limits.bytes;
}

}  // namespace engine
