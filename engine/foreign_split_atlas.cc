// How Atlas cuts a file for PostgreSQL (ariga/atlas a5e0aec, sql/migrate/lex.go, with MatchBegin,
// MatchBeginAtomic, MatchDollarQuote), mistakes included: a backslash never escapes, brackets are
// round ones only, comments do not nest, one without an end is none, a dollar quote may begin in a
// name. `make peers` compares it with Atlas itself.

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "engine/atlas_directive.h"
#include "engine/foreign_split.h"

namespace engine {
namespace {

// Atlas looks for an END behind every BEGIN, which may take exponential time: then it is given up.
constexpr std::size_t kSteps = 100'000;
constexpr std::size_t kStepsOfAByte = 10;

constexpr std::string_view kDelimiter = ";";
constexpr std::string_view kDelimiterCommand = "DELIMITER";

// Go's \s, and its isSpace.
bool is_space(char c) { return std::string_view(" \t\n\f\r").find(c) != std::string_view::npos; }

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::size_t count_space(std::string_view text) {
  const auto* end = std::find_if_not(text.begin(), text.end(), is_space);
  return static_cast<std::size_t>(end - text.begin());
}

// The length of the white space of Unicode, one character, at the start of `text`; 0 for none.
std::size_t match_white_space(std::string_view text) {
  constexpr std::array<std::string_view, 25> kSpaces = {
      " ",      "\t",     "\n",     "\v",     "\f",     "\r",     "\u0085", "\u00a0", "\u1680",
      "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
      "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};
  const auto* found = std::find_if(kSpaces.begin(), kSpaces.end(),
                                   [&](std::string_view space) { return text.starts_with(space); });
  return found == kSpaces.end() ? 0 : found->size();
}

std::size_t count_white_space(std::string_view text) {
  std::size_t at = 0;
  while (const auto size = match_white_space(text.substr(at))) at += size;
  return at;
}

std::string_view trim(std::string_view text) {
  text.remove_prefix(count_white_space(text));
  std::size_t size = 1;
  while (size <= std::min<std::size_t>(text.size(), 3)) {
    const bool space = match_white_space(text.substr(text.size() - size)) == size;
    if (space) text.remove_suffix(size);
    size = space ? 1 : size + 1;
  }
  return text;
}

// \n, \r and \t are what they stand for.
std::string unescape_delimiter(std::string_view text) {
  std::string delimiter;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto escape = std::string_view("nrt").find(text.substr(i + 1).substr(0, 1));
    const bool escaped = text[i] == '\\' && i + 1 < text.size() && escape != std::string_view::npos;
    delimiter += escaped ? "\n\r\t"[escape] : text[i];
    if (escaped) ++i;
  }
  return delimiter;
}

// As MySQL's client has it: in quotes, a quote is doubled.
std::string unquote_delimiter(std::string_view text) {
  if (!text.starts_with('\'') || !text.ends_with('\'')) return std::string(text);
  std::string delimiter;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    delimiter += text[i];
    if (text.substr(i, 2) == "''" && i + 2 < text.size()) ++i;
  }
  return delimiter;
}

// The length of `word`, in any case, at the start of `text`; 0 when it is not there.
std::size_t match_word(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return 0;
  const bool same = std::equal(word.begin(), word.end(), text.begin(), [](char a, char b) {
    return a == std::toupper(static_cast<unsigned char>(b));
  });
  return same ? word.size() : 0;
}

// \s*WORD\s+, then the same of the next; 0 when it is not there.
std::size_t match_words(std::string_view text, std::initializer_list<std::string_view> words) {
  std::size_t at = count_space(text);
  for (const auto word : words) {
    const auto size = match_word(text.substr(at), word);
    const auto space = count_space(text.substr(at + size));
    if (size == 0 || space == 0) return 0;
    at += size + space;
  }
  return at;
}

// \s*END\s*
std::size_t match_end(std::string_view text) {
  const auto at = count_space(text);
  const auto size = match_word(text.substr(at), "END");
  return size == 0 ? 0 : at + size + count_space(text.substr(at + size));
}

// Two bytes of U+00C8 to U+00FF.
bool is_letter_pair(std::string_view text, std::size_t at) {
  return at + 1 < text.size() && text[at] == '\xc3' &&
         static_cast<unsigned char>(text[at + 1]) >= 0x88;
}

// \$([A-Za-z\u00c8-\u00ff_][\w\u00c8-\u00ff]*)*\$ at the start of `text`, its length; 0 for none.
std::size_t match_dollar_tag(std::string_view text) {
  std::size_t at = 1;
  const bool digit = text.size() > 1 && std::isdigit(static_cast<unsigned char>(text[1])) != 0;
  while (!digit && at < text.size()) {
    if (text[at] == '$') return at + 1;
    if (is_letter_pair(text, at)) {
      at += 2;
    } else if (is_word(text[at])) {
      ++at;
    } else {
      break;
    }
  }
  return 0;
}

class Scanner {
 public:
  // `steps` are what may be done at most.
  Scanner(std::string_view input, std::string delimiter, std::size_t* steps)
      : input_(input), delimiter_(std::move(delimiter)), steps_(steps) {}

  enum class End { kStatement, kNothing, kFault };

  End next(std::string_view* text) {
    skip_space();
    std::size_t depth = 0;
    for (;;) {
      if (*steps_ == 0) return End::kFault;
      --*steps_;
      if (at_ >= input_.size()) {
        if (depth > 0) return End::kFault;
        return at_ == 0 ? End::kNothing : emit(text);
      }
      const char c = input_[at_++];
      if (c == '(') {
        ++depth;
      } else if (c == ')') {
        if (depth-- == 0) return End::kFault;
      } else if (c == '\'' || c == '"' || c == '`') {
        if (!skip_quote(c)) return End::kFault;
      } else if (at_ == 1 && match_word(input_, kDelimiterCommand) > 0 &&
                 input_.size() > kDelimiterCommand.size()) {
        if (!take_delimiter_command()) return End::kFault;
      } else if (depth == 0 && input_.substr(at_ - 1).starts_with(delimiter_)) {
        at_ += delimiter_.size() - 1;
        return emit(text);
      } else if (ends_with_block(c)) {
        return emit(text);
      }
    }
  }

  std::size_t scanned() const { return scanned_; }

 private:
  std::string_view rest() const { return input_.substr(at_ - 1); }

  // MySQL's, which Atlas knows of everywhere: DELIMITER X, to the end of the line.
  bool take_delimiter_command() {
    at_ = kDelimiterCommand.size();
    if (input_[at_] != ' ') return true;
    const auto end = std::min(input_.find('\n', at_), input_.size() - 1) + 1;
    const auto text = trim(input_.substr(at_, end - at_));
    if (text.empty() || text == "'" || text == "''") return false;
    delimiter_ = unescape_delimiter(unquote_delimiter(text));
    drop(end);
    skip_space();
    return true;
  }

  // What else Atlas looks for, one after the other; true when a block has ended the statement.
  bool ends_with_block(char c) {
    const bool semicolons = delimiter_ == kDelimiter;
    if (c == '$' && match_dollar_tag(rest()) > 0) {
      skip_dollar_quote();
    } else if (rest().starts_with("--")) {
      ++at_;
      skip_comment(2, "\n");
    } else if (rest().starts_with("/*")) {
      ++at_;
      skip_comment(2, "*/");
    } else if (const auto atomic = match_words(rest(), {"BEGIN", "ATOMIC"});
               semicolons && atomic > 0) {
      return skip_block(atomic, true);
    } else if (semicolons && may_begin()) {
      return skip_block(match_words(rest(), {"BEGIN"}), false);
    }
    return false;
  }

  // At the start of the statement, or when the character before could be the space.
  bool may_begin() const {
    const auto from = at_ == 1 ? at_ - 1 : at_ - 2;
    return match_words(input_.substr(from), {"BEGIN"}) > 0;
  }

  bool skip_quote(char quote) {
    const auto end = input_.find(quote, at_);
    at_ = end == std::string_view::npos ? input_.size() : end + 1;
    return end != std::string_view::npos;
  }

  void skip_dollar_quote() {
    const auto tag = rest().substr(0, match_dollar_tag(rest()));
    const auto end = input_.find(tag, at_ + tag.size() - 1);
    at_ = end == std::string_view::npos ? input_.size() : end + tag.size();
  }

  // A comment before the statement's first character is not a part of it.
  void skip_comment(std::size_t opener, std::string_view closer) {
    const auto end = input_.find(closer, at_);
    if (end == std::string_view::npos) return;
    const bool before = at_ == opener;
    at_ = end + closer.size();
    if (!before) return;
    drop(at_);
    skip_space();
  }

  // BEGIN to its END, each a statement within; what was taken for BEGIN stays scanned when that
  // fails. An atomic body ends with any statement that begins with END, the other with END alone.
  bool skip_block(std::size_t opener, bool atomic) {
    if (opener == 0) return false;
    at_ += opener - 1;
    Scanner body(input_.substr(at_), std::string(kDelimiter), steps_);
    std::string_view text;
    for (;;) {
      if (body.next(&text) != End::kStatement) return false;
      const auto end = match_end(text);
      const auto behind = text.substr(end);
      if (end > 0 && (atomic || behind.empty() || behind == delimiter_)) break;
    }
    at_ += body.scanned();
    return true;
  }

  void skip_space() { drop(count_white_space(input_)); }

  void drop(std::size_t count) {
    input_.remove_prefix(count);
    scanned_ += count;
    at_ = 0;
  }

  End emit(std::string_view* text) {
    *text = input_.substr(0, at_);
    if (delimiter_ != kDelimiter && text->ends_with(delimiter_))
      text->remove_suffix(delimiter_.size());
    *text = trim(*text);
    drop(at_);
    return End::kStatement;
  }

  std::string_view input_;  // from the statement under way
  std::string delimiter_;
  std::size_t* steps_;
  std::size_t at_ = 0;       // in input_
  std::size_t scanned_ = 0;  // before input_
};

}  // namespace

std::optional<std::vector<ForeignPiece>> cut_as_atlas(std::string_view bytes) {
  std::size_t before = 0;
  std::string delimiter(kDelimiter);
  const auto directive = find_atlas_directive(bytes, "delimiter");
  if (directive && directive->before == "-- ") {
    const auto line = bytes.find('\n');
    if (directive->value.empty() || line == std::string_view::npos) return std::nullopt;
    delimiter = unescape_delimiter(directive->value);
    before = line + 1;
  }
  std::size_t steps = kSteps + kStepsOfAByte * bytes.size();
  Scanner scanner(bytes.substr(before), std::move(delimiter), &steps);
  std::vector<ForeignPiece> pieces;
  for (;;) {
    std::string_view text;
    switch (scanner.next(&text)) {
      case Scanner::End::kNothing:
        return pieces;
      case Scanner::End::kFault:
        return std::nullopt;
      case Scanner::End::kStatement:
        pieces.push_back({std::string(text), before + scanner.scanned()});
    }
  }
}

}  // namespace engine
