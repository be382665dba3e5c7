// What the tools get wrong that people come from (tests/data/peers/faults.json): each input, what
// the tool does, as found by running or reading it, and what is done here, shown by what is sent or
// by the tests that are named.

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/dialect.h"
#include "engine/lexer.h"

namespace engine {
namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

nlohmann::json read_faults() {
  return nlohmann::json::parse(read(std::string(TESTS_FOLDER) + "/data/peers/faults.json"));
}

nlohmann::json read_cases() { return read_faults()["cases"]; }

// Without line ends and indentation, so that a name's line may be broken.
std::string all_tests() {
  std::string text;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(TESTS_FOLDER)) {
    if (entry.path().extension() == ".cc") text += read(entry.path());
  }
  text.erase(std::unique(text.begin(), text.end(),
                         [](unsigned char a, unsigned char b) {
                           return std::isspace(a) != 0 && std::isspace(b) != 0;
                         }),
             text.end());
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

TEST(PeersFaults, what_they_send_wrongly_is_sent_right) {
  int count = 0;
  for (const auto& fault : read_cases()) {
    if (!fault.contains("sent")) continue;
    ++count;
    const auto dialect = fault["target"] == "dsql" ? Dialect::kDsql : Dialect::kPostgres;
    nlohmann::json sent = nlohmann::json::array();
    for (const auto& statement : split_statements(fault["input"].get<std::string>()).statements) {
      sent.push_back(prepare_statement(statement, dialect).sql);
    }
    EXPECT_EQ(sent, fault["sent"]) << fault;
  }
  EXPECT_GE(count, 10);
}

// `ids` are those of every fault that was found; `not_here` says why one cannot happen here at all.
TEST(PeersFaults, each_that_was_found_is_shown_or_has_a_reason) {
  const auto faults = read_faults();
  for (const auto& id : faults["ids"]) {
    EXPECT_TRUE(std::any_of(faults["cases"].begin(), faults["cases"].end(), [&](const auto& fault) {
      return fault["id"] == id;
    })) << id;
  }
  for (const auto& fault : faults["cases"]) {
    const bool tested = fault.contains("shown_by") && !fault["shown_by"].empty();
    EXPECT_EQ(fault.contains("sent") + tested + fault.contains("not_here"), 1) << fault;
  }
}

TEST(PeersFaults, what_they_do_wrongly_has_a_test_of_what_is_done_here) {
  const auto tests = all_tests();
  for (const auto& fault : read_cases()) {
    for (const auto& name : fault.value("shown_by", nlohmann::json::array())) {
      const auto text = name.get<std::string>();
      const auto dot = text.find('.');
      EXPECT_NE(tests.find("(" + text.substr(0, dot) + ", " + text.substr(dot + 1) + ")"),
                std::string::npos)
          << fault["id"] << " " << text;
    }
  }
}

}  // namespace
}  // namespace engine
