// The engine against flyway-core itself: tests/data/flyway/README.md.

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "engine/flyway_checksum.h"
#include "engine/format.h"
#include "engine/placeholders.h"
#include "engine/properties.h"
#include "engine/version.h"

namespace engine {
namespace {

struct Case {
  std::vector<std::string> words;  // the question's, decoded, without the first
  std::string answer;
  std::string line;
};

std::string decode(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string encode(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '%') {
      out += c;
    } else {
      out += std::string("%") + "0123456789abcdef"[byte >> 4] + "0123456789abcdef"[byte & 15];
    }
  }
  return out;
}

std::vector<Case> read_cases(const std::string& kind) {
  std::vector<Case> cases;
  std::ifstream in(FLYWAY_ANSWERS, std::ios::binary);
  for (std::string line; std::getline(in, line);) {
    const std::size_t arrow = line.find(" =>");
    std::istringstream question(line.substr(0, arrow));
    std::string word;
    question >> word;
    if (word != kind) continue;
    Case next{{}, line.substr(std::min(arrow + 4, line.size())), line};
    while (question >> word) next.words.push_back(decode(word));
    next.words.resize(3);
    cases.push_back(std::move(next));
  }
  return cases;
}

TEST(FlywayOracle, checksums_of_285_contents_are_flyways) {
  const std::vector<Case> cases = read_cases("checksum");
  EXPECT_EQ(cases.size(), 285U);
  for (const Case& c : cases) {
    EXPECT_EQ(std::to_string(flyway_checksum(c.words[0])), c.answer) << c.line;
  }
}

// Flyway's community edition does not know U, and takes signs and all of Unicode's digits;
// callbacks are migrations to its name parser.
TEST(FlywayOracle, names_are_read_as_flyway_reads_them) {
  const std::vector<Case> cases = read_cases("name");
  EXPECT_EQ(cases.size(), 370U);
  for (const Case& c : cases) {
    const NameReading reading = read_flyway_name(c.words[0]);
    std::string answer = "invalid";
    if (reading.name) {
      const std::string kind = to_string(reading.name->kind);
      answer = kind == "versioned" ? "V " : kind == "repeatable" ? "R " : "B ";
      answer += is_version(reading.name->version) ? reading.name->version : "-";
      answer += " \"" + encode(reading.name->description) + "\"";
    } else if (reading.fault.starts_with("it is a callback")) {
      EXPECT_TRUE(c.answer.starts_with("before") || c.answer.starts_with("after")) << c.line;
      continue;
    }
    EXPECT_EQ(answer, c.answer) << c.line;
  }
}

TEST(FlywayOracle, versions_compare_as_flyway_compares_them) {
  const std::vector<Case> cases = read_cases("version");
  EXPECT_EQ(cases.size(), 297U);
  for (const Case& c : cases) {
    const auto version = [](const std::string& text) {
      return read_flyway_name("V" + text + "__x.sql").name.value().version;
    };
    const int order = compare_versions(version(c.words[0]), version(c.words[1]));
    EXPECT_EQ(std::to_string((order > 0) - (order < 0)), c.answer) << c.line;
  }
}

TEST(FlywayOracle, placeholders_are_replaced_as_flyway_replaces_them) {
  const std::vector<Case> cases = read_cases("placeholder");
  EXPECT_EQ(cases.size(), 192U);
  for (const Case& c : cases) {
    const Placeholders placeholders{c.words[0],
                                    c.words[1],
                                    {{"name", "value"},
                                     {"a.b", "dotted"},
                                     {"flyway:table", "history"},
                                     {"nested", "${name}"},
                                     {"empty", ""}}};
    const Replacement replacement = replace_placeholders(c.words[2], placeholders);
    EXPECT_EQ(replacement.fault.empty() ? "\"" + encode(replacement.text) + "\"" : "invalid",
              c.answer)
        << c.line << " " << replacement.fault;
  }
}

TEST(FlywayOracle, conf_files_are_read_as_flyway_reads_them) {
  const std::vector<Case> cases = read_cases("conf");
  EXPECT_EQ(cases.size(), 192U);
  for (const Case& c : cases) {
    std::map<std::string, std::string> values;
    for (const Property& property : parse_properties(c.words[0])) {
      values[property.key] = property.value;
    }
    std::string answer;
    for (const auto& [key, value] : values) {
      answer += (answer.empty() ? "" : " ") + encode(key) + "=" + encode(value);
    }
    EXPECT_EQ(answer, c.answer) << c.line;
  }
}

}  // namespace
}  // namespace engine
