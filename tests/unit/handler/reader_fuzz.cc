// Events, .hcl and Flyway files with seeded changes: a request or settings, or a RequestError,
// nothing else, and always an end.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "handler/event.h"
#include "handler/flyway_config.h"
#include "handler/project_config.h"
#include "handler/request.h"
#include "handler/request_error.h"
#include "tests/support/mutator.h"

namespace handler {
namespace {

void require(bool holds, const char* what, const std::string& input) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\ninput: %s\n", what, input.c_str());
  std::abort();
}

std::vector<std::string> read_folder(const char* folder, const char* ending) {
  std::vector<std::string> texts;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.path().string().ends_with(ending)) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  require(!texts.empty(), "there are examples", folder);
  std::sort(texts.begin(), texts.end());
  return texts;
}

template <typename Read>
bool is_read(const std::string& text, const Read& read) {
  try {
    read(text);
    return true;
  } catch (const RequestError& error) {
    require(*error.what() != '\0', "an error says what is wrong", text);
  } catch (const std::exception& error) {
    require(false, error.what(), text);
  }
  return false;
}

void read_event(const std::string& text) {
  const auto event = parse_event(text);
  const auto settings = [](const ConfigChoice&) { return Settings{}; };
  const runtime::Environment environment;
  switch (find_caller(event)) {
    case Caller::kCloudFormation: {
      const auto properties = event.find("ResourceProperties");
      if (properties == event.end() || !properties->is_object()) return;
      parse_resource_properties(*properties, environment, settings);
      return;
    }
    case Caller::kDirect:
      parse_request(event, environment, settings);
      return;
    case Caller::kEventBridge:
      return;
  }
}

void read_hcl(const std::string& text) {
  const HclOutside outside{[](const std::string&) { return std::string("x"); },
                           [](const std::string&) { return std::optional<std::string>("y"); }};
  read_project({"fuzz.hcl", text}, {"dev", {{"tenant", "a"}}}, outside);
}

void read_flyway(const std::string& text) {
  for (const char* name : {"flyway.conf", "flyway.toml"}) {
    is_read(text, [&](const std::string& again) {
      read_flyway_config({name, again, "", [](const std::string&) { return std::string("x"); }});
    });
  }
}

constexpr const char* kPieces[] = {"{",
                                   "}",
                                   "[",
                                   "]",
                                   "(",
                                   ")",
                                   "\"",
                                   "\\",
                                   "\\u12",
                                   "\\ud83d",
                                   "${",
                                   "%{",
                                   "<<E\n",
                                   "E\n",
                                   "\n",
                                   "=",
                                   ".",
                                   ",",
                                   ":",
                                   "?",
                                   "!",
                                   "-",
                                   "0",
                                   "1e999",
                                   "\xff",
                                   "null",
                                   "true",
                                   "#",
                                   "/*",
                                   "*/",
                                   "~",
                                   "for ",
                                   "try(",
                                   "''",
                                   "'''",
                                   "[[a]]",
                                   "1979-05-27",
                                   "s3://",
                                   "file:///",
                                   "dsql://@",
                                   "postgres://u:p@[::1]:70000/",
                                   "\"command\":\"adopt\",",
                                   "\"ResponseURL\":\"h\",\"RequestType\":\"\","};

const std::vector<std::string> kFlyway = {
    "flyway.url=jdbc:postgresql://h/d?currentSchema=a\nflyway.locations=filesystem:sql\n",
    "[flyway]\nlocations = [\"filesystem:sql\"]\n[environments.a]\nurl = "
    "\"jdbc:postgresql://h/d\"\n",
    "flyway.placeholders.a=${B}\nflyway.outOfOrder=true\nflyway.target=3\n"};

int run(const char* events, const char* hcl, long rounds) {
  const auto event_texts = read_folder(events, ".json");
  const auto hcl_texts = read_folder(hcl, ".hcl");
  Mutator mutator(20261127, kPieces);
  long read_well = 0;
  for (; rounds > 0; --rounds) {
    read_well += is_read(mutator.make(event_texts), read_event) ? 1 : 0;
    read_well += is_read(mutator.make(hcl_texts), read_hcl) ? 1 : 0;
    read_flyway(mutator.make(kFlyway));
  }
  std::printf("%ld read\n", read_well);
  return read_well > 0 ? 0 : 1;
}

}  // namespace
}  // namespace handler

int main(int argc, char** argv) {
  if (argc == 4) return handler::run(argv[1], argv[2], std::strtol(argv[3], nullptr, 10));
  std::fprintf(stderr, "usage: reader_fuzz EVENTS HCL ROUNDS\n");
  return 2;
}
