#include "runtime/log_format.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/utf8.h"

namespace runtime {
namespace {

using nlohmann::json;

constexpr std::chrono::system_clock::time_point kTime{std::chrono::milliseconds{1795230245678}};

LogLine line_of(std::string_view message, LogLevel level = LogLevel::kInfo) {
  return {level, message, "id-1", kTime};
}

TEST(LogFormat, a_json_line_has_the_keys_cloudwatch_reads_first) {
  EXPECT_EQ(make_json_log_line(line_of("hello"), {{"a", 1}, {"b", "x"}}),
            R"({"timestamp":"2026-11-21T03:04:05.678Z","level":"INFO","message":"hello",)"
            R"("requestId":"id-1","a":1,"b":"x"})");
}

TEST(LogFormat, a_json_line_without_request_or_fields_has_neither) {
  const LogLine line{LogLevel::kFatal, "m", "", kTime};
  EXPECT_EQ(make_json_log_line(line, json()),
            R"({"timestamp":"2026-11-21T03:04:05.678Z","level":"FATAL","message":"m"})");
}

TEST(LogFormat, a_time_on_the_second_still_has_milliseconds) {
  const LogLine line{LogLevel::kInfo, "m", "", std::chrono::floor<std::chrono::seconds>(kTime)};
  EXPECT_EQ(json::parse(make_json_log_line(line, json()))["timestamp"], "2026-11-21T03:04:05.000Z");
}

TEST(LogFormat, fields_cannot_overwrite_the_reserved_keys) {
  const json fields = {
      {"level", "x"}, {"message", "x"}, {"timestamp", 1}, {"requestId", 2}, {"other", 3}};
  const json line = json::parse(make_json_log_line(line_of("m", LogLevel::kWarn), fields));
  EXPECT_EQ(line["level"], "WARN");
  EXPECT_EQ(line["message"], "m");
  EXPECT_EQ(line["requestId"], "id-1");
  EXPECT_EQ(line["timestamp"], "2026-11-21T03:04:05.678Z");
  EXPECT_EQ(line["other"], 3);
  EXPECT_EQ(make_text_log_line(line_of("m"), fields),
            "2026-11-21T03:04:05.678Z INFO id-1 m other=3");
}

TEST(LogFormat, fields_that_are_no_object_are_kept_under_a_key) {
  EXPECT_EQ(json::parse(make_json_log_line(line_of("m"), json::array({1, 2})))["fields"],
            json::array({1, 2}));
}

TEST(LogFormat, invalid_utf8_is_replaced_everywhere) {
  const json fields = {{"key", "\xff"}};
  const json line = json::parse(make_json_log_line(line_of("a\xffz"), fields));
  EXPECT_EQ(line["message"], "a\uFFFDz");
  EXPECT_EQ(line["key"], "\uFFFD");
  EXPECT_EQ(make_text_log_line(line_of("a\xffz"), fields),
            "2026-11-21T03:04:05.678Z INFO id-1 a\uFFFDz key=\"\uFFFD\"");
}

TEST(LogFormat, an_event_is_one_line_in_either_format) {
  const json fields = {{"k", "c\nd"}};
  EXPECT_EQ(make_json_log_line(line_of("a\nb\r\t\x01"), fields).find('\n'), std::string::npos);
  EXPECT_EQ(make_text_log_line(line_of("a\nb\r\t\x01\x7f"), fields),
            R"(2026-11-21T03:04:05.678Z INFO id-1 a\nb\r\t\u0001\u007f k="c\nd")");
}

TEST(LogFormat, text_values_are_quoted_only_where_they_need_it) {
  const json fields = {
      {"a", "plain"},  {"b", "two words"},      {"c", 1.5}, {"d", ""}, {"e", "x=y"},
      {"f", "Zürich"}, {"g", json::array({1})}, {"h", true}};
  EXPECT_EQ(make_text_log_line(line_of("m \"q\""), fields),
            "2026-11-21T03:04:05.678Z INFO id-1 m \"q\" a=plain b=\"two words\" c=1.5 d=\"\" "
            "e=\"x=y\" f=Zürich g=[1] h=true");
}

TEST(LogFormat, level_names_are_read_in_any_case_and_info_is_the_default) {
  EXPECT_EQ(parse_log_level("TRACE"), LogLevel::kTrace);
  EXPECT_EQ(parse_log_level("debug"), LogLevel::kDebug);
  EXPECT_EQ(parse_log_level("INFO"), LogLevel::kInfo);
  EXPECT_EQ(parse_log_level("WARN"), LogLevel::kWarn);
  EXPECT_EQ(parse_log_level("Error"), LogLevel::kError);
  EXPECT_EQ(parse_log_level("FATAL"), LogLevel::kFatal);
  EXPECT_EQ(parse_log_level("loud"), LogLevel::kInfo);
  EXPECT_EQ(parse_log_level(""), LogLevel::kInfo);
}

TEST(Utf8, valid_text_is_unchanged) {
  const std::string text("a\"\\\n\0é\U0001F600\x7f", 12);
  EXPECT_EQ(make_valid_utf8(text), text);
  EXPECT_EQ(make_valid_utf8(""), "");
}

TEST(Utf8, cut_overlong_and_surrogate_sequences_are_replaced) {
  EXPECT_EQ(make_valid_utf8("a\xc3"), "a\uFFFD");
  EXPECT_EQ(make_valid_utf8("\xe2\x82z").find('z'), std::string("\uFFFD").size());
  for (const char* bad : {"\xc0\xaf", "\xed\xa0\x80", "\xf8\x88\x80\x80\x80", "\x80"}) {
    EXPECT_NE(make_valid_utf8(bad).find("\uFFFD"), std::string::npos);
    EXPECT_NO_THROW(static_cast<void>(json(make_valid_utf8(bad)).dump()));
  }
}

}  // namespace
}  // namespace runtime
