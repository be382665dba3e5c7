#include <algorithm>

#include "engine/text_place.h"
#include "handler/hcl_syntax.h"
#include "handler/request_error.h"

namespace handler {
namespace {

// A line of the text with stars for what may be a secret, one a character: what is in strings,
// closed or not, in heredocs and in comments. References inside a string are shown.
class MaskedLine {
 public:
  MaskedLine(std::string_view text, std::size_t offset) : text_(text) {
    const std::size_t before =
        offset == 0 ? std::string_view::npos : text.find_last_of("\r\n", offset - 1);
    start_ = before == std::string_view::npos ? 0 : before + 1;
    end_ = std::min(text.find_first_of("\r\n", offset), text.size());
    hidden_.resize(end_ - start_);
  }

  std::string show() {
    while (at_ < end_) {
      if (frames_.back().in_string) {
        step_in_string();
      } else {
        step_in_code();
      }
    }
    for (const Frame& frame : frames_) {
      if (frame.in_string && frame.start >= start_) hide(frame.start, end_);
    }
    std::string shown;
    for (std::size_t i = start_; i < end_; ++i) {
      const bool goes_on = (text_[i] & 0xC0) == 0x80;
      if (!hidden_[i - start_]) {
        shown += text_[i];
      } else if (!goes_on) {
        shown += '*';
      }
    }
    return shown;
  }

 private:
  struct Frame {
    bool in_string = false;
    std::size_t start = 0;
    int braces = 0;
  };

  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void hide(std::size_t from, std::size_t to) {
    for (std::size_t i = std::max(from, start_); i < std::min(to, end_); ++i) {
      hidden_[i - start_] = true;
    }
  }

  void hide_to(std::size_t to) {
    to = std::min(to, text_.size());
    hide(at_, to);
    at_ = to;
  }

  void step_in_string() {
    const char c = peek();
    if (c == '"' || c == '\n' || c == '\r') {
      frames_.pop_back();
      ++at_;
    } else if ((c == '$' || c == '%') && peek(1) == '{' && text_[at_ - 1] != c) {
      at_ += 2;
      frames_.push_back({false, at_, 0});
    } else {
      hide_to(at_ + (c == '\\' ? 2 : 1));
    }
  }

  void step_in_code() {
    const char c = peek();
    if (c == '#' || (c == '/' && peek(1) == '/')) {
      hide_to(text_.find_first_of("\r\n", at_));
    } else if (c == '/' && peek(1) == '*') {
      const std::size_t close = text_.find("*/", at_ + 2);
      hide_to(close == std::string_view::npos ? close : close + 2);
    } else if (c == '<' && peek(1) == '<') {
      skip_heredoc();
    } else if (c == '"') {
      ++at_;
      frames_.push_back({true, at_, 0});
    } else {
      step_over(c);
    }
  }

  void step_over(char c) {
    Frame& frame = frames_.back();
    if (c == '{') ++frame.braces;
    if (c == '}' && --frame.braces < 0 && frames_.size() > 1) frames_.pop_back();
    ++at_;
  }

  void skip_heredoc() {
    at_ += peek(2) == '-' ? 3 : 2;
    std::size_t line_end = std::min(text_.find_first_of("\r\n", at_), text_.size());
    const std::string_view mark = text_.substr(at_, line_end - at_);
    at_ = line_end;
    while (at_ < text_.size()) {
      const std::size_t first = text_.find_first_not_of(" \t\r\n", at_);
      if (first == std::string_view::npos) break;
      line_end = std::min(text_.find_first_of("\r\n", first), text_.size());
      at_ = first;
      if (text_.substr(first, line_end - first) == mark) return;
      hide_to(line_end);
    }
    at_ = text_.size();
  }

  std::string_view text_;
  std::size_t start_ = 0;
  std::size_t end_ = 0;
  std::size_t at_ = 0;
  std::vector<bool> hidden_;
  std::vector<Frame> frames_{Frame{}};
};

}  // namespace

RequestError make_hcl_error(const HclSource& source, std::size_t offset, const std::string& message,
                            const std::string& hint) {
  offset = std::min(offset, source.text.size());
  const engine::TextPlace place = engine::text_place(source.text, offset);
  const std::string line = MaskedLine(source.text, offset).show();
  constexpr std::size_t kWidest = 200;
  std::string shown;
  if (line.size() <= kWidest) {
    shown =
        "\n  " + line + "\n  " + std::string(static_cast<std::size_t>(place.column) - 1, ' ') + "^";
  }
  return RequestError("config",
                      source.name + ":" + std::to_string(place.line) + ":" +
                          std::to_string(place.column) + ": " + message + shown,
                      hint);
}

void refuse_hcl(const HclSource& source, std::size_t offset, const std::string& message,
                const std::string& hint) {
  throw make_hcl_error(source, offset, message, hint);
}

const HclAttribute* HclBody::find(std::string_view name) const {
  const auto found = std::find_if(attributes.begin(), attributes.end(),
                                  [&](const HclAttribute& a) { return a.name == name; });
  return found == attributes.end() ? nullptr : &*found;
}

const HclBlock* HclBody::find_block(std::string_view type) const {
  const auto found = std::find_if(blocks.begin(), blocks.end(),
                                  [&](const HclBlock& block) { return block.type == type; });
  return found == blocks.end() ? nullptr : &*found;
}

}  // namespace handler
