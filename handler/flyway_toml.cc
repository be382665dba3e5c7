// As much of TOML 1.0 (toml.io) as flyway.toml files use: tables, bare, quoted and dotted keys,
// one-line strings, booleans, numbers, arrays of those, inline tables.

#include <algorithm>

#include "handler/flyway_config.h"

namespace handler {
namespace {

bool is_bare(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
         c == '-';
}

class TomlReader {
 public:
  explicit TomlReader(const FlywaySource& source) : source_(source), text_(source.text) {
    if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
  }

  std::vector<FlywaySetting> read() {
    for (skip_lines(); !text_.empty(); skip_lines()) {
      if (text_.starts_with("[[")) refuse("an array of tables is not read here");
      if (accept('[')) {
        table_ = read_key() + ".";
        if (!accept(']')) refuse("']' is wanted behind the table's name");
      } else {
        read_setting(table_);
      }
      end_line();
    }
    return std::move(settings_);
  }

 private:
  [[noreturn]] void refuse(const std::string& what) { refuse_flyway(source_, line_, what); }

  bool accept(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }

  void skip_blanks() {
    text_.remove_prefix(std::min(text_.find_first_not_of(" \t"), text_.size()));
    if (text_.starts_with('#')) text_.remove_prefix(std::min(text_.find('\n'), text_.size()));
  }

  void skip_lines() {
    for (skip_blanks(); text_.starts_with('\n') || text_.starts_with("\r\n"); skip_blanks()) {
      text_.remove_prefix(text_[0] == '\r' ? 2 : 1);
      ++line_;
    }
  }

  void end_line() {
    skip_blanks();
    if (!text_.empty() && !text_.starts_with('\n') && !text_.starts_with("\r\n")) {
      refuse("the line should end here");
    }
  }

  std::string read_key() {
    std::string key;
    do {
      skip_blanks();
      if (text_.starts_with('"') || text_.starts_with('\'')) {
        key += read_string();
      } else {
        const auto end = std::find_if_not(text_.begin(), text_.end(), is_bare);
        const auto size = static_cast<std::size_t>(end - text_.begin());
        if (size == 0) refuse("a key is wanted here");
        key += text_.substr(0, size);
        text_.remove_prefix(size);
      }
      skip_blanks();
    } while (accept('.') && (key += '.', true));
    return key;
  }

  void read_setting(const std::string& table) {
    FlywaySetting setting{table + read_key(), "", line_};
    if (!accept('=')) refuse("'=' is wanted behind the key");
    skip_blanks();
    if (accept('{')) return read_inline_table(setting.key + ".");
    setting.value = text_.starts_with('[') ? read_array() : read_scalar();
    const bool twice = std::any_of(settings_.begin(), settings_.end(),
                                   [&](const FlywaySetting& s) { return s.key == setting.key; });
    if (twice) refuse(setting.key + " is set a second time");
    settings_.push_back(std::move(setting));
  }

  void read_inline_table(const std::string& table) {
    constexpr int kDeepest = 8;
    if (++depth_ > kDeepest) refuse("this is nested too deeply");
    skip_blanks();
    if (!accept('}')) {
      do {
        read_setting(table);
        skip_blanks();
      } while (accept(','));
      if (!accept('}')) refuse("',' or '}' is wanted in the table");
    }
    --depth_;
  }

  std::string read_array() {
    std::string joined;
    bool first = true;
    accept('[');
    for (skip_lines(); !accept(']'); skip_lines()) {
      joined += (first ? "" : ",") + read_scalar();
      first = false;
      skip_lines();
      if (!accept(',') && !text_.starts_with(']')) refuse("',' or ']' is wanted in the array");
    }
    return joined;
  }

  std::string read_scalar() {
    if (text_.starts_with("\"\"\"") || text_.starts_with("'''")) {
      refuse("a string of several lines is not read here");
    }
    if (text_.starts_with('"') || text_.starts_with('\'')) return read_string();
    const auto end = std::find_if_not(text_.begin(), text_.end(),
                                      [](char c) { return is_bare(c) || c == '.' || c == '+'; });
    std::string word(text_.begin(), end);
    if (word != "true" && word != "false" &&
        (word.empty() || word.find_first_not_of("0123456789.+-_") != std::string::npos)) {
      refuse("a string, a number, true, false or an array of them is wanted here");
    }
    text_.remove_prefix(word.size());
    return word;
  }

  std::string read_string() {
    const char quote = text_[0];
    text_.remove_prefix(1);
    std::string value;
    while (!text_.empty() && text_[0] != quote && text_[0] != '\n') {
      if (quote == '"' && text_[0] == '\\') {
        value += read_escape();
      } else {
        value += text_[0];
        text_.remove_prefix(1);
      }
    }
    if (!accept(quote)) refuse("the string is not closed");
    return value;
  }

  char read_escape() {
    constexpr std::string_view kLetters = "\"\\ntr";
    constexpr std::string_view kMeanings = "\"\\\n\t\r";
    const std::size_t known = text_.size() < 2 ? std::string_view::npos : kLetters.find(text_[1]);
    if (known == std::string_view::npos) refuse("this escape is not read: use '...' or \\\\");
    text_.remove_prefix(2);
    return kMeanings[known];
  }

  const FlywaySource& source_;
  std::string_view text_;
  int line_ = 1;
  int depth_ = 0;
  std::string table_;
  std::vector<FlywaySetting> settings_;
};

}  // namespace

std::vector<FlywaySetting> parse_flyway_toml(const FlywaySource& source) {
  return TomlReader(source).read();
}

}  // namespace handler
