// What Flyway does is in flyway_oracle_test.cc; here is what is said of faults, and script
// settings.

#include "engine/placeholders.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/script_config.h"

namespace engine {
namespace {

std::string fault_of(const std::string& text) {
  const Replacement replacement = replace_placeholders(text, {"${", "}", {{"a", "1"}}});
  return std::to_string(replacement.line) + ":" + std::to_string(replacement.column) + " " +
         replacement.fault;
}

TEST(Placeholders, unknown_one_is_a_fault_with_its_place) {
  EXPECT_EQ(fault_of("SELECT ${a};\n-- é ${b}"), "2:6 there is no value for ${b}");
  EXPECT_EQ(fault_of("SELECT ${a"), "1:8 the placeholder has no end '}'");
  EXPECT_EQ(fault_of("SELECT ${a}"), "0:0 ");
}

std::string hint_of(const std::string& text) {
  return replace_placeholders(text, {"${", "}", {{"schema", "app"}}}).hint;
}

TEST(Placeholders, unknown_one_is_told_which_was_meant) {
  EXPECT_EQ(hint_of("${shema}"), "Did you mean ${schema}?");
  EXPECT_EQ(hint_of("${flyway:filenames}"), "Did you mean ${flyway:filename}?");
  EXPECT_EQ(hint_of("${owner}"),
            "Give it one in placeholders; or, when it is meant as text, write $${...} or switch "
            "placeholderReplacement off.");
}

TEST(Placeholders, file_name_is_the_last_part_of_its_path) {
  Placeholders placeholders;
  placeholders.separator = "_";
  EXPECT_EQ(replace_placeholders("-- ${FLYWAY_filename}", placeholders, "a/b/V1__x.sql").text,
            "-- V1__x.sql");
}

// "LINE:COLUMN" before of each place in the text after.
std::vector<std::string> places_before(const std::string& text, const Placeholders& placeholders,
                                       const std::vector<TextPlace>& after) {
  const auto replacement = replace_placeholders(text, placeholders);
  const PlacesBefore places(text, replacement);
  std::vector<std::string> found;
  for (const auto& place : after) {
    const auto before = places.find(place);
    found.push_back(std::to_string(before.line) + ":" + std::to_string(before.column));
  }
  return found;
}

TEST(Placeholders, places_are_those_of_the_text_before) {
  const Placeholders placeholders{"${", "}", {{"a", "1"}, {"lines", "x\ny"}, {"none", ""}}};
  //                                          after: "s 1 e\nx\ny f 1g"
  EXPECT_EQ(places_before("s ${a} e\n${lines} f ${none}${a}g", placeholders,
                          {{1, 1}, {1, 3}, {1, 5}, {2, 1}, {3, 1}, {3, 3}, {3, 5}, {3, 6}}),
            (std::vector<std::string>{"1:1", "1:3", "1:8", "2:1", "2:1", "2:10", "2:19", "2:23"}));
  EXPECT_EQ(places_before("${lines}\nend", placeholders, {{3, 2}}),
            (std::vector<std::string>{"2:2"}));
}

TEST(Placeholders, empty_prefix_replaces_nothing) {
  const Placeholders none{"", "}", {{"a", "1"}}};
  EXPECT_EQ(replace_placeholders("${a}", none).text, "${a}");
}

std::string show(const ScriptConfig& config) {
  const auto flag = [](std::optional<bool> value) {
    return !value ? std::string("-") : *value ? std::string("yes") : std::string("no");
  };
  std::string shown =
      flag(config.execute_in_transaction) + " " + flag(config.placeholder_replacement);
  for (const Problem& problem : config.problems) {
    shown += "; " + problem.file + ":" + std::to_string(problem.line) + " " + problem.message;
  }
  return shown;
}

TEST(ScriptConfig, settings_are_read) {
  EXPECT_EQ(show(parse_script_config("", "a.conf")), "- -");
  EXPECT_EQ(show(parse_script_config("# x\nexecuteInTransaction=false\n"
                                     "placeholderReplacement: TRUE\nencoding=UTF-8\n"
                                     "shouldExecute=true",
                                     "a.conf")),
            "no yes");
}

TEST(ScriptConfig, what_is_not_known_is_a_warning) {
  const auto config = parse_script_config("other=1\nencoding=latin1", "a.conf");
  ASSERT_EQ(config.problems.size(), 2U);
  EXPECT_EQ(config.problems[0].severity, Severity::kWarning);
  EXPECT_EQ(config.problems[1].severity, Severity::kError);
}

TEST(ScriptConfig, what_is_not_kept_to_is_a_problem) {
  EXPECT_EQ(show(parse_script_config("executeInTransaction=maybe\nencoding=latin1\n"
                                     "shouldExecute=${x}==1\nother=1",
                                     "a.conf")),
            "- -; a.conf:1 executeInTransaction is 'maybe'; a.conf:2 encoding latin1 is not read; "
            "a.conf:3 shouldExecute is '${x}==1'; only true is taken; a.conf:4 the setting 'other' "
            "is not known");
}

}  // namespace
}  // namespace engine
