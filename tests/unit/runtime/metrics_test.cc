#include "runtime/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace runtime {
namespace {

using nlohmann::json;

constexpr std::chrono::system_clock::time_point kTime{std::chrono::microseconds{1795230245678901}};

json make(const MetricLine& line) { return json::parse(make_emf_line(line, kTime)); }

MetricLine example() {
  MetricLine line;
  line.dimensions = {{"cluster", "c"}, {"service", "s"}};
  line.properties = {{"requestId", "id"}};
  line.metrics = {{"Applied", "Count", 3}, {"Duration", "Milliseconds", 812.5}};
  return line;
}

TEST(Emf, the_document_is_as_the_specification_says) {
  EXPECT_EQ(make(example()), json::parse(R"({
    "_aws": {"Timestamp": 1795230245678, "CloudWatchMetrics": [{
      "Namespace": "DsqlMigrate", "Dimensions": [["cluster", "service"]],
      "Metrics": [{"Name": "Applied", "Unit": "Count"},
                  {"Name": "Duration", "Unit": "Milliseconds"}]}]},
    "cluster": "c", "service": "s", "requestId": "id", "Applied": 3.0, "Duration": 812.5})"));
}

TEST(Emf, it_is_one_line) {
  MetricLine line = example();
  line.properties["text"] = "a\nb\xff";
  EXPECT_EQ(make_emf_line(line, kTime).find('\n'), std::string::npos);
  EXPECT_EQ(make(line)["text"], "a\nb\uFFFD");
}

TEST(Emf, without_dimensions_the_one_set_is_empty) {
  MetricLine line = example();
  line.dimensions.clear();
  EXPECT_EQ(make(line)["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json::parse("[[]]"));
}

TEST(Emf, each_named_dimension_and_metric_is_a_root_member) {
  const json document = make(example());
  const json& directive = document["_aws"]["CloudWatchMetrics"][0];
  for (const json& name : directive["Dimensions"][0]) EXPECT_TRUE(document[name].is_string());
  for (const json& metric : directive["Metrics"]) {
    EXPECT_TRUE(document[metric["Name"]].is_number());
  }
}

TEST(Emf, an_empty_dimension_is_left_out) {
  MetricLine line = example();
  line.dimensions["cluster"] = "";
  EXPECT_EQ(make(line)["_aws"]["CloudWatchMetrics"][0]["Dimensions"],
            json::parse(R"([["service"]])"));
  EXPECT_FALSE(make(line).contains("cluster"));
}

TEST(Emf, a_value_that_is_no_number_is_left_out) {
  MetricLine line = example();
  line.metrics = {{"A", "Count", std::nan("")}, {"B", "Count", INFINITY}, {"C", "Count", 1}};
  EXPECT_EQ(make(line)["_aws"]["CloudWatchMetrics"][0]["Metrics"].size(), 1u);
  EXPECT_FALSE(make(line).contains("A"));
}

TEST(Emf, a_name_is_a_dimension_before_a_metric_before_a_property_and_never_aws) {
  MetricLine line;
  line.dimensions = {{"x", "dimension"}};
  line.metrics = {{"x", "Count", 1}, {"y", "Count", 2}};
  line.properties = {{"y", "property"}, {"_aws", "property"}};
  const json document = make(line);
  EXPECT_EQ(document["x"], "dimension");
  EXPECT_EQ(document["y"], 2);
  EXPECT_TRUE(document["_aws"].is_object());
}

TEST(Emf, metrics_over_a_hundred_go_into_a_second_directive) {
  MetricLine line = example();
  for (int i = 0; i < 150; ++i) line.metrics.push_back({"m" + std::to_string(i), "Count", 1});
  const json directives = make(line)["_aws"]["CloudWatchMetrics"];
  ASSERT_EQ(directives.size(), 2u);
  EXPECT_EQ(directives[0]["Metrics"].size(), 100u);
  EXPECT_EQ(directives[1]["Metrics"].size(), 52u);
  EXPECT_EQ(directives[1]["Dimensions"], directives[0]["Dimensions"]);
}

TEST(Emf, over_thirty_dimensions_are_an_error) {
  MetricLine line = example();
  for (int i = 0; i < 29; ++i) line.dimensions["d" + std::to_string(i)] = "v";
  EXPECT_THROW(make(line), std::length_error);
}

}  // namespace
}  // namespace runtime
