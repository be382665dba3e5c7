// Reads one JSON string a line, a migration file's text, and prints one JSON object for each: its
// tokens, its statements and its error as the engine sees them.

#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/lexer.h"

namespace {

nlohmann::json show(const std::string& text) {
  const engine::SplitResult split = engine::split_statements(text);
  nlohmann::json shown = {{"tokens", nlohmann::json::array()},
                          {"statements", nlohmann::json::array()},
                          {"errors", nlohmann::json::array()}};
  for (const engine::Token& token : engine::lex(text).tokens) shown["tokens"] += token.text;
  for (const engine::Statement& statement : split.statements) {
    shown["statements"].push_back({{"text", statement.text},
                                   {"line", statement.line},
                                   {"column", statement.column},
                                   {"kind", static_cast<int>(statement.kind)},
                                   {"hash", statement.hash}});
  }
  for (const engine::LexError& error : split.errors) {
    shown["errors"].push_back(
        {{"code", error.code}, {"line", error.line}, {"column", error.column}});
  }
  return shown;
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const auto text = nlohmann::json::parse(line).get<std::string>();
    std::cout << show(text).dump() << "\n";
  }
}
