#include <algorithm>
#include <cctype>

#include "handler/hcl_reader.h"

namespace handler {
namespace {

using Kind = HclExpression::Kind;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

void append_utf8(std::string& out, unsigned code) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | code >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

void push_literal(HclExpression& into, std::string& literal, std::size_t offset) {
  if (literal.empty()) return;
  HclExpression part;
  part.offset = offset;
  part.value = std::move(literal);
  into.parts.push_back(std::move(part));
  literal.clear();
}

std::size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(" \t"), line.size());
}

// <<- : as many blanks as every line has in front are taken off each.
void remove_indent(HclExpression& text, std::size_t indent) {
  bool at_line_start = true;
  for (HclExpression& part : text.parts) {
    if (part.kind != Kind::kLiteral || !part.value.is_string()) {
      at_line_start = false;
      continue;
    }
    std::string kept;
    const std::string& literal = part.value.get_ref<const std::string&>();
    std::size_t skipped = 0;
    for (const char c : literal) {
      if (at_line_start && skipped < indent && (c == ' ' || c == '\t')) {
        ++skipped;
        continue;
      }
      at_line_start = c == '\n';
      skipped = 0;
      kept += c;
    }
    part.value = kept;
  }
}

}  // namespace

HclExpression HclReader::read_string() {
  const std::size_t offset = at_++;
  const LineEnds ends(*this, false);
  HclExpression text = read_template(offset, true, text_.size());
  ++at_;
  return text;
}

HclExpression HclReader::read_heredoc() {
  const std::size_t offset = at_;
  at_ += 2;
  const bool indented = accept("-");
  const std::string mark = take_name();
  accept("\r");
  if (mark.empty() || !accept("\n"))
    refuse("a heredoc begins with << and a word, alone on its line");
  std::size_t indent = std::string_view::npos;
  for (std::size_t line = at_; line < text_.size();) {
    const std::size_t end = std::min(text_.find('\n', line), text_.size());
    std::string_view content = text_.substr(line, end - line);
    if (content.ends_with('\r')) content.remove_suffix(1);
    const std::size_t blanks = indent_of(content);
    if (content.substr(blanks) == mark) {
      HclExpression text = read_template(offset, false, line);
      if (indented) remove_indent(text, indent == std::string_view::npos ? 0 : indent);
      at_ = line + blanks + mark.size();
      return text;
    }
    if (blanks < content.size()) indent = std::min(indent, blanks);
    line = end + 1;
  }
  refuse_hcl(source_, offset, "the heredoc has no end", "End it with a line that is " + mark + ".");
}

HclExpression HclReader::read_template(std::size_t offset, bool quoted, std::size_t end) {
  HclExpression whole;
  whole.kind = Kind::kTemplate;
  whole.offset = offset;
  std::string literal;
  bool trim_next = false;
  while (at_ < end && !(quoted && peek() == '"')) {
    if (trim_next && is_blank(peek())) {
      ++at_;
      continue;
    }
    trim_next = false;
    if (quoted && at_line_end()) break;
    if (starts_with("$${") || starts_with("%%{")) {
      literal += text_.substr(at_ + 1, 2);
      at_ += 3;
    } else if (starts_with("${")) {
      read_interpolation(whole, literal, &trim_next);
      if (at_ > end) refuse("the interpolation is not closed", "Close it with }.");
    } else if (starts_with("%{")) {
      refuse("a template directive %{ } is not read here", "Use a conditional in ${ }.");
    } else if (quoted && peek() == '\\') {
      read_escape(literal);
    } else {
      literal += text_[at_++];
    }
  }
  if (quoted && peek() != '"') {
    refuse_hcl(source_, offset, "the string is not closed", "Close it with a quote.");
  }
  push_literal(whole, literal, offset);
  return whole;
}

void HclReader::read_interpolation(HclExpression& into, std::string& literal, bool* trim_next) {
  at_ += 2;
  if (accept("~")) {
    while (!literal.empty() && is_blank(literal.back())) literal.pop_back();
  }
  push_literal(into, literal, at_);
  const LineEnds blanks(*this, true);
  into.parts.push_back(read_expression());
  skip_blanks();
  *trim_next = accept("~");
  if (!accept("}")) refuse("'}' is wanted here, at the end of ${");
}

void HclReader::read_escape(std::string& literal) {
  constexpr std::string_view kLetters = "nrt\"\\";
  constexpr std::string_view kMeanings = "\n\r\t\"\\";
  const std::size_t known = kLetters.find(peek(1));
  if (known != std::string_view::npos && peek(1) != '\0') {
    literal += kMeanings[known];
    at_ += 2;
    return;
  }
  const std::size_t digits = peek(1) == 'u' ? 4 : peek(1) == 'U' ? 8 : 0;
  const std::string_view hex = text_.substr(std::min(at_ + 2, text_.size()), digits);
  const auto is_hex = [](unsigned char c) { return std::isxdigit(c) != 0; };
  if (digits == 0 || hex.size() < digits || !std::all_of(hex.begin(), hex.end(), is_hex)) {
    refuse("this escape is not known", "Known are \\n \\r \\t \\\" \\\\ \\uNNNN \\UNNNNNNNN.");
  }
  const unsigned long code = std::stoul(std::string(hex), nullptr, 16);
  if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    refuse("this is no character of Unicode's");
  }
  append_utf8(literal, static_cast<unsigned>(code));
  at_ += 2 + digits;
}

}  // namespace handler
