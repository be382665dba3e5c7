// CloudWatch metrics in the embedded metric format (EMF): one JSON line an invocation.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace runtime {

struct Metric {
  std::string name;
  std::string unit;  // a CloudWatch unit: "Count", "Milliseconds", ...
  double value = 0;
};

struct MetricLine {
  std::string name_space = "DsqlMigrate";
  std::map<std::string, std::string> dimensions;  // one set; string members of the line
  std::map<std::string, std::string> properties;  // further members, not dimensions
  std::vector<Metric> metrics;
};

// The EMF document for that line, which log_metrics (log.h) writes. A dimension with an empty
// value, a metric that is not a finite number, and a name already taken (by a dimension, then a
// metric) are left out, since CloudWatch would refuse the line for them. Throws std::length_error
// over 30 dimensions; metrics over 100 go into further directives. Source:
// CloudWatch_Embedded_Metric_Format_Specification.
std::string make_emf_line(const MetricLine& line, std::chrono::system_clock::time_point now);

}  // namespace runtime
