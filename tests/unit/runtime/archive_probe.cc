// archive_probe FILE...: one JSON object a line for each archive, its files as {name: text}, or
// {"error": message}. test_archive_oracle.py compares it.

#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "runtime/archive.h"
#include "runtime/error.h"

namespace {

nlohmann::json show(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  nlohmann::json files = nlohmann::json::object();
  try {
    for (auto& file : runtime::read_archive(bytes, runtime::archive_kind(path).value())) {
      files[file.name] = file.bytes;
    }
  } catch (const runtime::Error& error) {
    return {{"error", error.what()}};
  }
  return {{"files", files}};
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) std::cout << show(argv[i]).dump() << "\n";
}
