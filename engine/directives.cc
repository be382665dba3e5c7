#include "engine/directives.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "engine/ascii.h"
#include "engine/batch.h"
#include "engine/excerpt.h"
#include "engine/lexer.h"
#include "engine/near_word.h"

namespace engine {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\f\v";

enum class Family { kMigrate, kAtlas };

enum class Level {
  kFile,
  kStatement,
  kFirstLine,
  kCheckpoint,
  kForeign,  // of another tool, whose files mean something else
  kUnread,   // changes what the file means, and is not kept to here
  kIgnored,
};

struct Rule {
  std::string_view name;
  std::string_view arguments;  // those it takes, one of them obligatory; "" for none
  Family family;
  Level level;
};

constexpr Rule kRules[] = {
    {"transaction", "none, file", Family::kMigrate, Level::kFile},
    {"batch", "", Family::kMigrate, Level::kStatement},
    {"up", "", Family::kMigrate, Level::kForeign},    // dbmate
    {"down", "", Family::kMigrate, Level::kForeign},  // dbmate
    {"txmode", "none, file", Family::kAtlas, Level::kFile},
    {"delimiter", "", Family::kAtlas, Level::kFirstLine},
    {"assert", "", Family::kAtlas, Level::kUnread},
    {"checkpoint", "", Family::kAtlas, Level::kCheckpoint},
    {"import", "", Family::kAtlas, Level::kUnread},
    {"nolint", "", Family::kAtlas, Level::kIgnored},
    {"sum", "", Family::kAtlas, Level::kIgnored},
    {"txtar", "", Family::kAtlas, Level::kUnread},
};

std::string_view name_of(Family family) {
  return family == Family::kMigrate ? "migrate:" : "atlas:";
}

std::string full_name(const Rule& rule) {
  return std::string(name_of(rule.family)) + std::string(rule.name);
}

bool is_name_char(char c) {
  return (to_lower(c) >= 'a' && to_lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

// A comment that looks like a directive.
struct Mark {
  Family family;
  bool exact;  // "-- " and the family's name as they have to be written, and nothing behind the :
  std::string_view name;
  std::string_view argument;
};

// What a comment says, without the characters that make it one.
std::string_view body_of(std::string_view comment) {
  const bool block = comment.starts_with("/*");
  comment.remove_prefix(2);
  if (block) comment.remove_suffix(2);
  return trimmed(comment);
}

std::optional<Mark> parse_comment(std::string_view comment) {
  const auto body = body_of(comment);
  for (const Family family : {Family::kMigrate, Family::kAtlas}) {
    const auto prefix = name_of(family);
    if (!equal_ignoring_case(body.substr(0, prefix.size()), prefix)) continue;
    const auto rest = body.substr(prefix.size());
    const auto word = trimmed(rest);
    const auto end = std::find_if_not(word.begin(), word.end(), is_name_char) - word.begin();
    const auto name = word.substr(0, static_cast<std::size_t>(end));
    if (name.empty()) return std::nullopt;
    const bool exact =
        comment.starts_with("--") && body.starts_with(prefix) && rest.size() == word.size();
    return Mark{family, exact, name, trimmed(word.substr(name.size()))};
  }
  return std::nullopt;
}

const Rule* find_rule(const Mark& mark) {
  const auto* found = std::find_if(std::begin(kRules), std::end(kRules), [&](const Rule& rule) {
    return rule.family == mark.family && rule.name == mark.name;
  });
  return found == std::end(kRules) ? nullptr : found;
}

// The rule that may have been meant, nullptr when none is near.
const Rule* find_near(const Mark& mark) {
  std::vector<std::string_view> names;
  for (const Rule& rule : kRules) {
    if (rule.family == mark.family && rule.level != Level::kForeign) names.push_back(rule.name);
  }
  return find_rule({mark.family, true, find_near_word(mark.name, names), ""});
}

std::string explain_place(const Rule& rule) {
  if (rule.level == Level::kFile) return "Put it before the first statement of the file.";
  return "Put it directly before the statement it is for, on a line of its own and without an "
         "empty "
         "line between.";
}

// What would happen to the file if nobody minded the directive, and what to do instead.
std::pair<std::string, std::string> explain_unread(const Rule& rule) {
  if (rule.name == "import") {
    return {"what it names would not be run", "Write the statements of that file here."};
  }
  return {"the file's checks would be run as its statements, whatever they answer",
          "Keep the statements below -- migration.sql -- only, without that line, and ask what the "
          "checks ask before the run."};
}

class DirectiveReader {
 public:
  DirectiveReader(std::string_view text, const std::vector<Token>& tokens,
                  std::vector<Statement>& statements)
      : text_(text), tokens_(tokens), statements_(statements) {}

  Directives read() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (tokens_[i].kind != TokenKind::kComment) continue;
      if (const auto mark = parse_comment(tokens_[i].text)) take(i, *mark);
    }
    return std::move(result_);
  }

 private:
  void take(std::size_t at, const Mark& mark) {
    const Rule* rule = find_rule(mark);
    if (rule != nullptr && mark.exact) return apply(at, mark, *rule);
    // "-- migrate: users" is a person's remark; "-- migrate: batch" is not
    if (!mark.exact && rule == nullptr && trim_is_prose(at, mark)) return;
    report_unknown(at, mark);
  }

  // Behind "migrate: ", or in a comment of another form, only what is nearly a directive counts.
  bool trim_is_prose(std::size_t at, const Mark& mark) const {
    const auto body = body_of(tokens_[at].text);
    const auto behind = body.substr(name_of(mark.family).size());
    return behind.find_first_of(kBlanks) == 0 && find_near(mark) == nullptr;
  }

  void apply(std::size_t at, const Mark& mark, const Rule& rule) {
    switch (rule.level) {
      case Level::kFile:
        return take_transaction(at, mark, rule);
      case Level::kStatement:
        return take_batch(at, mark, rule);
      case Level::kFirstLine:
        return take_delimiter(at, mark);
      case Level::kCheckpoint:
        return take_checkpoint(at, rule);
      case Level::kForeign:
        return add(at, "unknown-directive", full_name(rule) + " is a directive of dbmate",
                   "Keep the statements below -- migrate:up, without that line, and remove "
                   "-- migrate:down with all that is below it: it would be run as well.");
      case Level::kUnread: {
        const auto [message, hint] = explain_unread(rule);
        return add(at, "unknown-directive", full_name(rule) + " is not kept to here: " + message,
                   hint);
      }
      case Level::kIgnored:
        break;
    }
  }

  void take_transaction(std::size_t at, const Mark& mark, const Rule& rule) {
    const bool atlas = rule.family == Family::kAtlas;
    if (!before_first_statement(at)) return report_place(at, rule);
    if (mark.argument != "none" && mark.argument != "file") {
      return report_argument(at, mark, rule);
    }
    const auto mode = mark.argument == "none" ? TransactionMode::kNone : TransactionMode::kFile;
    const bool repeated = result_.transaction && families_[atlas ? 1 : 0];
    if (repeated || (result_.transaction && *result_.transaction != mode)) {
      return add(at, "bad-directive",
                 full_name(rule) + (repeated ? " is given twice" : " contradicts the one before"),
                 "Say it once.");
    }
    families_[atlas ? 1 : 0] = true;
    result_.transaction = mode;
    if (atlas && !atlas_reads(at)) warn_unread(at, rule);
  }

  // Its argument is a tag, which says nothing to a run.
  void take_checkpoint(std::size_t at, const Rule& rule) {
    if (!before_first_statement(at)) return report_place(at, rule);
    result_.checkpoint = true;
    if (!atlas_reads(at)) warn_unread(at, rule);
  }

  void report_place(std::size_t at, const Rule& rule) {
    const bool atlas = rule.family == Family::kAtlas;
    add(at, "misplaced-directive", full_name(rule) + " does not stand before the first statement",
        atlas ? "Atlas does not read it here, and neither is it read by this run."
              : explain_place(rule));
    if (atlas) result_.problems.back().severity = Severity::kWarning;
  }

  void take_batch(std::size_t at, const Mark& mark, const Rule& rule) {
    if (!mark.argument.empty()) return report_argument(at, mark, rule);
    Statement* statement = find_statement_below(at);
    if (statement == nullptr) {
      return add(at, "misplaced-directive",
                 full_name(rule) + " does not stand directly before a statement",
                 explain_place(rule));
    }
    if (const auto fault = find_batch_fault(statement->text)) {
      return add(at, "bad-batch", fault->message, fault->hint);
    }
    if (result_.transaction == TransactionMode::kFile) {
      return add(at, "bad-directive",
                 full_name(rule) + " commits every round, but the file asks for one transaction",
                 "Say -- migrate:transaction none, or nothing, at the head of the file.");
    }
    statement->batch = true;
  }

  void take_delimiter(std::size_t at, const Mark& mark) {
    if (tokens_[at].text.data() != text_.data() || !tokens_[at].text.starts_with("-- atlas:")) {
      add(at, "misplaced-directive",
          "atlas:delimiter counts on the very first line of a file only, written "
          "-- atlas:delimiter",
          "Atlas does not read it here, and neither is it read by this run.");
      result_.problems.back().severity = Severity::kWarning;
    } else if (mark.argument.empty()) {
      add(at, "bad-directive", "atlas:delimiter names no delimiter",
          "Write it behind the name, for example -- atlas:delimiter \\n\\n");
    }
  }

  void report_argument(std::size_t at, const Mark& mark, const Rule& rule) {
    const auto name = full_name(rule);
    if (rule.arguments.empty()) {
      return add(at, "bad-directive", name + " takes no argument",
                 "Write -- " + name + " and nothing behind it.");
    }
    const auto given = mark.argument.empty() ? "nothing" : "\"" + shorten(mark.argument) + "\"";
    const bool all = rule.family == Family::kAtlas && mark.argument == "all";
    add(at, "bad-directive",
        name + " takes one of: " + std::string(rule.arguments) + "; here is " + given,
        all ? "A file cannot ask for one transaction over all files, in Atlas neither."
            : "Write -- " + name +
                  " none, or leave it out: a file is one transaction on "
                  "PostgreSQL unless it says none.");
  }

  void report_unknown(std::size_t at, const Mark& mark) {
    const Rule* near = find_near(mark);
    const auto written = std::string(name_of(mark.family)) + shorten(mark.name);
    if (near != nullptr && near->name == mark.name) {
      add(at, "unknown-directive", "this comment is nearly a directive",
          "Write it as -- " + full_name(*near) + " on a line of its own.");
    } else {
      add(at, "unknown-directive", "there is no directive " + written,
          near != nullptr ? "Did you mean " + full_name(*near) + "?" : list_of(mark.family));
    }
    // What changes nothing may be misspelled; of what is near to the rest Atlas says nothing
    // either.
    const bool harmless = near == nullptr || near->level == Level::kIgnored;
    if (mark.family == Family::kAtlas && harmless) {
      result_.problems.back().severity = Severity::kWarning;
    }
  }

  static std::string list_of(Family family) {
    if (family == Family::kAtlas) return "It is left alone; Atlas has none of that name.";
    std::string hint;
    for (const Rule& rule : kRules) {
      if (rule.family != family || rule.level == Level::kForeign) continue;
      hint += hint.empty() ? "The directives are " : ", ";
      hint += full_name(rule);
    }
    return hint + ". A comment may say anything else, but not begin so.";
  }

  static std::string shorten(std::string_view text) {
    return std::string(take_code_points(text, 40));
  }

  void add(std::size_t at, std::string code, std::string message, std::string hint) {
    Problem problem;
    problem.code = std::move(code);
    problem.line = tokens_[at].line;
    problem.column = tokens_[at].column;
    problem.statement = make_excerpt(tokens_[at].text);
    problem.message = std::move(message);
    problem.hint = std::move(hint);
    result_.problems.push_back(std::move(problem));
  }

  void warn_unread(std::size_t at, const Rule& rule) {
    add(at, "atlas-directive",
        "Atlas itself does not read " + full_name(rule) + " where it stands here",
        "This run obeys it. Atlas wants it in the comment lines the file begins with, with an "
        "empty "
        "line below them and without carriage returns.");
    result_.problems.back().severity = Severity::kWarning;
  }

  // Atlas (sql/migrate/dir.go) reads the lines of comment a file begins with, when an empty line
  // or the end follows them.
  bool atlas_reads(std::size_t at) const {
    const auto offset = static_cast<std::size_t>(tokens_[at].text.data() - text_.data());
    std::size_t start = 0;
    while (text_.substr(start).starts_with("--")) {
      start = std::min(text_.find('\n', start), text_.size() - 1) + 1;
    }
    const auto line = text_.substr(start, text_.find('\n', start) - start);
    return offset < start && line.find_first_not_of(" \t") == std::string_view::npos;
  }

  bool before_first_statement(std::size_t at) const {
    return std::all_of(
        tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(at), [](const Token& token) {
          return token.kind == TokenKind::kComment || token.kind == TokenKind::kDelimiter;
        });
  }

  bool begins_its_line(std::size_t at) const {
    auto offset = static_cast<std::size_t>(tokens_[at].text.data() - text_.data());
    while (offset > 0 && (text_[offset - 1] == ' ' || text_[offset - 1] == '\t')) --offset;
    return offset == 0 || text_[offset - 1] == '\n' || text_[offset - 1] == '\r';
  }

  int last_line(const Token& token) const {
    int line = token.line;
    for (std::size_t i = 0; i < token.text.size(); ++i) {
      const char c = token.text[i];
      const bool pair = c == '\r' && i + 1 < token.text.size() && token.text[i + 1] == '\n';
      if (c == '\n' || (c == '\r' && !pair)) ++line;
    }
    return line;
  }

  // nullptr when the comment is inside a statement, behind something on its line, or apart from
  // the next statement.
  Statement* find_statement_below(std::size_t at) const {
    if (!begins_its_line(at)) return nullptr;
    for (; at + 1 < tokens_.size(); ++at) {
      if (tokens_[at].kind != TokenKind::kComment) break;
      if (tokens_[at + 1].line > last_line(tokens_[at]) + 1) return nullptr;
    }
    const Token& first = tokens_[at];
    const auto found =
        std::find_if(statements_.begin(), statements_.end(), [&](const Statement& statement) {
          return statement.line == first.line && statement.column == first.column;
        });
    return found == statements_.end() ? nullptr : &*found;
  }

  std::string_view text_;
  const std::vector<Token>& tokens_;
  std::vector<Statement>& statements_;
  Directives result_;
  std::array<bool, 2> families_{};  // that have said how the file is run
};

std::string replace_all(std::string_view text, std::string_view from, char to) {
  std::string result;
  for (auto at = text.find(from); at != std::string_view::npos; at = text.find(from)) {
    result.append(text.substr(0, at));
    result.push_back(to);
    text.remove_prefix(at + from.size());
  }
  result.append(text);
  return result;
}

}  // namespace

Directives read_directives(std::string_view text, const std::vector<Token>& tokens,
                           std::vector<Statement>& statements) {
  return DirectiveReader(text, tokens, statements).read();
}

std::string find_delimiter(std::string_view text) {
  constexpr std::string_view kPrefix = "-- atlas:delimiter ";
  if (!text.starts_with(kPrefix)) return "";
  text.remove_prefix(kPrefix.size());
  std::string delimiter(trimmed(text.substr(0, text.find_first_of("\r\n"))));
  delimiter = replace_all(delimiter, "\\n", '\n');
  delimiter = replace_all(delimiter, "\\r", '\r');
  delimiter = replace_all(delimiter, "\\t", '\t');
  return replace_all(delimiter, "\r\n", '\n');
}

}  // namespace engine
