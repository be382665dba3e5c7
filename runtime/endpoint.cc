#include "runtime/endpoint.h"

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/error.h"
#include "runtime/uri.h"

namespace runtime {
namespace {

// Source: botocore data/partitions.json.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kSuffixes = {
    {{"cn-", "amazonaws.com.cn"},
     {"eusc-", "amazonaws.eu"},
     {"us-iso-", "c2s.ic.gov"},
     {"us-isob-", "sc2s.sgov.gov"},
     {"eu-isoe-", "cloud.adc-e.uk"},
     {"us-isof-", "csp.hci.ic.gov"}}};

std::string checked_endpoint(const std::string& name, std::string value) {
  while (value.ends_with('/')) value.pop_back();
  try {
    if (split_url(value).query.empty()) return value;
  } catch (const Error& error) {
    throw Error(ErrorKind::kConfiguration, name + " is " + error.what());
  }
  throw Error(ErrorKind::kConfiguration, name + " is not a usable URL: it holds a query");
}

}  // namespace

std::optional<std::string> find_endpoint_override(const Environment& environment,
                                                  std::string_view service) {
  for (const std::string& name :
       {"AWS_ENDPOINT_URL_" + std::string(service), std::string("AWS_ENDPOINT_URL")}) {
    if (auto value = environment.find(name)) return checked_endpoint(name, *std::move(value));
  }
  return std::nullopt;
}

std::string_view dns_suffix(std::string_view region) {
  for (const auto& [prefix, suffix] : kSuffixes) {
    if (region.starts_with(prefix)) return suffix;
  }
  return "amazonaws.com";
}

void check_region(std::string_view region) {
  const bool clean = std::all_of(region.begin(), region.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (region.empty()) {
    throw Error(ErrorKind::kConfiguration, "no AWS region is given: set AWS_REGION");
  }
  if (!clean || region.size() > 63) {
    throw Error(ErrorKind::kConfiguration, "the AWS region is not a region name like eu-west-1");
  }
}

std::string regional_endpoint(const Environment& environment, std::string_view service,
                              std::string_view prefix, std::string_view region) {
  check_region(region);
  if (auto endpoint = find_endpoint_override(environment, service)) return *std::move(endpoint);
  return "https://" + std::string(prefix) + '.' + std::string(region) + '.' +
         std::string(dns_suffix(region));
}

}  // namespace runtime
