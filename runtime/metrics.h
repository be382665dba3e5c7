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

// The EMF document for that line. Source: CloudWatch_Embedded_Metric_Format_Specification.
std::string make_emf_line(const MetricLine& line, std::chrono::system_clock::time_point now);

}  // namespace runtime
