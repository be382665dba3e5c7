// What Flyway does is in flyway_oracle_test.cc; here is what is said of faults, and script
// settings.

#include "engine/placeholders.h"

#include <gtest/gtest.h>

#include <string>

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

TEST(ScriptConfig, what_is_not_kept_to_is_an_error) {
  EXPECT_EQ(show(parse_script_config("executeInTransaction=maybe\nencoding=latin1\n"
                                     "shouldExecute=${x}==1\nother=1",
                                     "a.conf")),
            "- -; a.conf:1 executeInTransaction is 'maybe'; a.conf:2 encoding latin1 is not read; "
            "a.conf:3 shouldExecute is not evaluated; a.conf:4 the setting 'other' is not known");
}

}  // namespace
}  // namespace engine
