#include "runtime/metrics.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace runtime {
namespace {

using nlohmann::json;

constexpr std::size_t kDimensionLimit = 30;  // a set
constexpr std::size_t kMetricLimit = 100;    // a directive

// Directives of at most kMetricLimit definitions each, all with the same dimensions.
json make_directives(const MetricLine& line, const json& dimensions, const json& definitions) {
  json directives = json::array();
  for (std::size_t i = 0; i < definitions.size(); ++i) {
    if (i % kMetricLimit == 0) {
      directives.push_back({{"Namespace", line.name_space},
                            {"Dimensions", json::array({dimensions})},
                            {"Metrics", json::array()}});
    }
    directives.back()["Metrics"].push_back(definitions[i]);
  }
  return directives;
}

// Puts the dimensions into the document; returns their names.
json add_dimensions(const MetricLine& line, json& document) {
  json names = json::array();
  for (const auto& [name, value] : line.dimensions) {
    if (value.empty()) continue;
    names.push_back(name);
    document[name] = value;
  }
  if (names.size() > kDimensionLimit) {
    throw std::length_error("more than 30 dimensions in a metric line");
  }
  return names;
}

// Puts the metrics into the document; returns their definitions.
json add_metrics(const MetricLine& line, json& document) {
  json definitions = json::array();
  for (const Metric& metric : line.metrics) {
    if (!std::isfinite(metric.value) || document.contains(metric.name)) continue;
    definitions.push_back({{"Name", metric.name}, {"Unit", metric.unit}});
    document[metric.name] = metric.value;
  }
  return definitions;
}

}  // namespace

std::string make_emf_line(const MetricLine& line, std::chrono::system_clock::time_point now) {
  json document;
  const json dimensions = add_dimensions(line, document);
  const json definitions = add_metrics(line, document);
  for (const auto& [name, value] : line.properties) document.emplace(name, value);
  const auto time = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch());
  document["_aws"] = {{"Timestamp", time.count()},
                      {"CloudWatchMetrics", make_directives(line, dimensions, definitions)}};
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace runtime
