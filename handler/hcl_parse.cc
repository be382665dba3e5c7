#include <algorithm>
#include <cctype>

#include "engine/lexer.h"
#include "handler/hcl_reader.h"

namespace handler {
namespace {

// Names may have letters of any script; their bytes are taken without a look at which.
bool starts_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0;
}

bool is_in_name(char c) {
  return starts_name(c) || std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '-';
}

}  // namespace

HclBody parse_hcl(const HclSource& source) {
  std::size_t bad = 0;
  if (!engine::is_valid_utf8(source.text, &bad)) {
    refuse_hcl(source, bad, "this is not UTF-8", "Save the file as UTF-8.");
  }
  return HclReader(source).read_file();
}

HclBody HclReader::read_file() {
  accept("\xef\xbb\xbf");
  return read_body(false);
}

HclBody HclReader::read_body(bool in_block) {
  HclBody body;
  for (skip_blank_lines(); !at_end() && peek() != '}'; skip_blank_lines()) read_item(body);
  if (in_block && at_end()) refuse("the block is not closed", "Close it with }.");
  if (!in_block && !at_end()) refuse("this } closes nothing");
  return body;
}

void HclReader::read_item(HclBody& body) {
  if (!at_name()) refuse("a name is wanted here, of an attribute or a block");
  const std::size_t offset = at_;
  std::string name = take_name();
  skip_blanks();
  if (peek() == '=' && peek(1) != '=') {
    ++at_;
    if (body.find(name) != nullptr) {
      refuse_hcl(source_, offset, "'" + name + "' is set a second time");
    }
    body.attributes.push_back({std::move(name), offset, read_expression()});
    end_line("value");
  } else {
    body.blocks.push_back(read_block(std::move(name), offset));
    end_line("block");
  }
}

HclBlock HclReader::read_block(std::string type, std::size_t offset) {
  const Depth depth(*this);
  HclBlock block;
  block.type = std::move(type);
  block.offset = offset;
  for (skip_blanks(); peek() == '"' || at_name(); skip_blanks()) {
    block.labels.push_back(read_label());
  }
  expect("{", "'=' for an attribute, or '{' for a block");
  block.body = read_body(true);
  expect("}", "the end of the block");
  return block;
}

std::string HclReader::read_label() {
  if (at_name()) return take_name();
  const std::size_t end = text_.find_first_of("\"\r\n\\$", at_ + 1);
  if (end == std::string_view::npos || text_[end] != '"') {
    refuse("a label is plain text in quotes, on one line");
  }
  std::string label(text_.substr(at_ + 1, end - at_ - 1));
  at_ = end + 1;
  return label;
}

void HclReader::end_line(std::string_view what) {
  skip_blanks();
  if (at_end() || at_line_end() || peek() == '}') return;
  refuse("the line should end behind the " + std::string(what));
}

bool HclReader::accept(std::string_view what) {
  if (!starts_with(what)) return false;
  at_ += what.size();
  return true;
}

void HclReader::expect(std::string_view what, const char* why) {
  skip_blanks();
  if (!accept(what)) refuse(std::string("wanted here: ") + why);
}

void HclReader::skip_blanks() {
  while (!at_end()) {
    if (peek() == ' ' || peek() == '\t' || (line_ends_are_blanks_ && at_line_end())) {
      ++at_;
    } else if (peek() == '#' || starts_with("//")) {
      at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
    } else if (starts_with("/*")) {
      const std::size_t end = text_.find("*/", at_ + 2);
      if (end == std::string_view::npos) refuse("the comment is not closed", "Close it with */.");
      at_ = end + 2;
    } else {
      return;
    }
  }
}

void HclReader::skip_blank_lines() {
  const LineEnds blanks(*this, true);
  skip_blanks();
}

bool HclReader::at_line_end() const { return peek() == '\n' || peek() == '\r'; }

bool HclReader::at_name() const { return starts_name(peek()); }

std::string HclReader::take_name() {
  const std::size_t start = at_;
  while (is_in_name(peek())) ++at_;
  return std::string(text_.substr(start, at_ - start));
}

}  // namespace handler
