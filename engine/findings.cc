#include "engine/findings.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <utility>

#include "engine/excerpt.h"

namespace engine {
namespace {

std::string_view value_of(std::string_view key, const FindingWords& words) {
  if (key == "table") return words.table.empty() ? "the_table" : std::string_view(words.table);
  if (key == "column") return words.column.empty() ? "the_column" : std::string_view(words.column);
  if (key == "type") return words.type.empty() ? "the_type" : std::string_view(words.type);
  return words.name.empty() ? "the_name" : std::string_view(words.name);
}

// The text with {table}, {column}, {type} and {name} filled in.
std::string fill_in(std::string_view text, const FindingWords& words) {
  std::string filled;
  while (!text.empty()) {
    const std::size_t open = std::min(text.find('{'), text.size());
    filled += text.substr(0, open);
    text.remove_prefix(open);
    if (text.empty()) break;
    const std::size_t close = text.find('}');
    filled += value_of(text.substr(1, close - 1), words);
    text.remove_prefix(close + 1);
  }
  return filled;
}

std::string make_message(const Capability& row, const FindingWords& words) {
  std::string message = "Aurora DSQL does not accept " + std::string(row.what);
  if (!row.answer.empty()) message += ": " + fill_in(row.answer, words);
  return message;
}

}  // namespace

void Findings::add(Feature feature, const Token& at, const FindingWords& words) {
  const Capability& row = capability(feature);
  if (row.support == Support::kYes) return;
  add_problem(std::string(row.code), make_message(row, words), fill_in(row.rewrite, words), at);
}

void Findings::add_problem(std::string code, std::string message, std::string hint,
                           const Token& at) {
  Problem problem;
  problem.code = std::move(code);
  problem.file = file_;
  problem.line = statement_.line + at.line - 1;
  problem.column = at.line == 1 ? statement_.column + at.column - 1 : at.column;
  problem.statement = make_excerpt(statement_.text);
  problem.message = std::move(message);
  problem.hint = std::move(hint);
  problems_.push_back(std::move(problem));
}

std::vector<Problem> Findings::take() {
  std::stable_sort(problems_.begin(), problems_.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  return std::move(problems_);
}

}  // namespace engine
