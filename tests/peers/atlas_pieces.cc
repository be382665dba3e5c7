// Reads a JSON list of files' texts and prints a list of their statements as the engine says that
// Atlas cuts them, null for one that Atlas does not understand.

#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/foreign_split.h"

int main() {
  nlohmann::json files = nlohmann::json::array();
  for (const auto& text : nlohmann::json::parse(std::cin)) {
    nlohmann::json texts;
    if (const auto pieces = engine::cut_as_atlas(text.get<std::string>())) {
      texts = nlohmann::json::array();
      for (const auto& piece : *pieces) texts.push_back(piece.text);
    }
    files.push_back(std::move(texts));
  }
  std::cout << files.dump() << "\n";
}
