#include "runtime/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

namespace runtime {
namespace {

using nlohmann::json;

Environment with(const std::string& name, const std::string& value) {
  return Environment(Environment::Variables{{name, value}});
}

class Log : public testing::Test {
 protected:
  void TearDown() override {
    set_log_request_id("");
    configure_log(Environment());
  }

  static std::string logged(const Environment& environment, const std::function<void()>& work) {
    configure_log(environment);
    testing::internal::CaptureStdout();
    work();
    return testing::internal::GetCapturedStdout();
  }
};

TEST_F(Log, the_default_is_json_from_info_on) {
  const std::string text = logged(Environment(), [] {
    log(LogLevel::kDebug, "not this");
    log(LogLevel::kInfo, "this", {{"k", 1}});
  });
  ASSERT_EQ(text.back(), '\n');
  const json line = json::parse(text);
  EXPECT_EQ(line["message"], "this");
  EXPECT_EQ(line["level"], "INFO");
  EXPECT_EQ(line["k"], 1);
  EXPECT_FALSE(line.contains("requestId"));
}

TEST_F(Log, the_level_variable_filters) {
  const auto all = [] {
    for (const LogLevel level : {LogLevel::kTrace, LogLevel::kDebug, LogLevel::kInfo,
                                 LogLevel::kWarn, LogLevel::kError, LogLevel::kFatal}) {
      log(level, "m");
    }
  };
  const auto count = [&](const char* level) {
    const std::string text = logged(with("AWS_LAMBDA_LOG_LEVEL", level), all);
    return std::count(text.begin(), text.end(), '\n');
  };
  EXPECT_EQ(count("TRACE"), 6);
  EXPECT_EQ(count("DEBUG"), 5);
  EXPECT_EQ(count("INFO"), 4);
  EXPECT_EQ(count("WARN"), 3);
  EXPECT_EQ(count("ERROR"), 2);
  EXPECT_EQ(count("FATAL"), 1);
}

TEST_F(Log, the_format_variable_chooses_text) {
  const std::string text = logged(with("AWS_LAMBDA_LOG_FORMAT", "Text"),
                                  [] { log(LogLevel::kWarn, "hello", {{"k", 1}}); });
  EXPECT_EQ(text.substr(text.find(' ')), " WARN hello k=1\n");
}

TEST_F(Log, the_request_id_is_on_each_line_until_it_changes) {
  const std::string text = logged(Environment(), [] {
    set_log_request_id("one");
    log(LogLevel::kInfo, "a");
    set_log_request_id("");
    log(LogLevel::kInfo, "b");
  });
  const std::size_t split = text.find('\n');
  EXPECT_EQ(json::parse(text.substr(0, split))["requestId"], "one");
  EXPECT_FALSE(json::parse(text.substr(split)).contains("requestId"));
}

TEST_F(Log, metrics_pass_every_level_and_have_the_one_that_lambda_lets_through) {
  for (const char* level : {"TRACE", "INFO", "WARN", "FATAL"}) {
    MetricLine line;
    line.metrics = {{"Failed", "Count", 1}};
    const auto written =
        json::parse(logged(with("AWS_LAMBDA_LOG_LEVEL", level), [&] { log_metrics(line); }));
    EXPECT_EQ(written["level"], level);
    EXPECT_EQ(written["Failed"], 1);
    EXPECT_EQ(std::string(written["timestamp"]).size(),
              std::string("2026-11-27T20:46:18.123Z").size());
  }
}

TEST_F(Log, braces_and_percent_signs_are_only_text) {
  const std::string text = logged(Environment(), [] { log(LogLevel::kInfo, "{} {0} %s %v"); });
  EXPECT_EQ(json::parse(text)["message"], "{} {0} %s %v");
}

TEST_F(Log, the_stream_can_be_stderr) {
  configure_log(Environment(), LogStream::kStderr);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  log(LogLevel::kInfo, "m");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(json::parse(testing::internal::GetCapturedStderr())["message"], "m");
}

}  // namespace
}  // namespace runtime
