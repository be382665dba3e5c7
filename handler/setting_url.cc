#include "handler/setting_url.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <utility>

#include "handler/target.h"
#include "handler/url.h"

namespace handler {
namespace {

std::string percent_encode(std::string_view text, std::string_view kept) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || std::string_view("-._~").find(c) != std::string_view::npos ||
        kept.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

bool has_parameter(const Url& url, std::string_view name) {
  return std::any_of(url.query.begin(), url.query.end(),
                     [&](const auto& parameter) { return parameter.first == name; });
}

// The host of a token's endpoint, which may have a port behind it.
std::string host_of(const std::string& endpoint) {
  const auto url = parse_url("any://" + endpoint);
  return url ? url->host : "";
}

// False, and refused, when the token would open another door than the URL names.
bool check_token(const ProjectToken& token, const Url& url, Settings* settings) {
  if (host_of(token.endpoint) != url.host) {
    settings->refuse("target", "the token is for another endpoint than the url's host",
                     "give the data source the same endpoint as the url");
    return false;
  }
  if (!token.username.empty() && !url.user.empty() && token.username != url.user) {
    settings->refuse("target", "the token is for another user than the url's",
                     "give the data source the same user as the url");
    return false;
  }
  if (!token.profile.empty()) {
    settings->warn("the token's profile is passed over: the function signs as its own role",
                   "A role of another account is roleArn in the event.");
  }
  return true;
}

// What a target knows of the URL's parameters; the others with a warning.
std::vector<std::pair<std::string, std::string>> pick_parameters(const Url& url, bool dsql,
                                                                 Settings* settings) {
  static constexpr std::array kKnown = {"hostaddr", "region", "search_path", "sslrootcert"};
  std::vector<std::pair<std::string, std::string>> picked;
  for (const auto& parameter : url.query) {
    const auto& name = parameter.first;
    if (std::find(kKnown.begin(), kKnown.end(), name) != kKnown.end() ||
        (dsql && name == "clusterId") || (!dsql && name == "sslmode")) {
      picked.push_back(parameter);
    } else if (name != "sslmode") {
      settings->warn("parameter '" + name + "' of the url is passed over");
    }
  }
  return picked;
}

std::string make_authority(const Url& url, const SettingUrl& setting, bool with_password) {
  const auto user = !url.user.empty()                                   ? url.user
                    : !setting.user.empty()                             ? setting.user
                    : setting.token && !setting.token->username.empty() ? setting.token->username
                                                                        : std::string();
  const auto password = url.password.value_or(setting.password);
  std::string text = percent_encode(user, "");
  if (with_password && !password.empty()) text += ":" + percent_encode(password, "");
  const bool ipv6 = url.host.find(':') != std::string::npos;
  text += (text.empty() ? "" : "@") + (ipv6 ? "[" + url.host + "]" : percent_encode(url.host, ""));
  return url.port ? text + ":" + std::to_string(*url.port) : text;
}

std::string make_query(const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string query;
  for (const auto& [name, value] : parameters) {
    query += (query.empty() ? "?" : "&") + name + "=" + percent_encode(value, ",/");
  }
  return query;
}

// Steps back are taken; nullopt when they lead out of the root.
std::optional<std::string> join_path(const std::string& folder, const std::string& path) {
  const auto joined = (std::filesystem::path(folder) / path).lexically_normal().generic_string();
  if (joined == ".." || joined.starts_with("../") || joined.starts_with("/..")) return std::nullopt;
  return joined == "." ? "" : joined;
}

}  // namespace

void Settings::refuse(const std::string& field, const std::string& message,
                      const std::string& hint) {
  refused.insert_or_assign(field, RequestError(field, name + ": " + message, hint));
}

void Settings::warn(std::string message, std::string hint) {
  engine::Problem problem;
  problem.severity = engine::Severity::kWarning;
  problem.code = "configuration";
  problem.file = name;
  problem.message = std::move(message);
  problem.hint = std::move(hint);
  warnings.push_back(std::move(problem));
}

void set_target(const SettingUrl& setting, Settings* settings) {
  const auto url = parse_url(setting.text);
  const bool known =
      url && (url->scheme == "dsql" || url->scheme == "postgres" || url->scheme == "postgresql");
  if (!known || url->host.empty()) {
    return settings->refuse(
        "target", "the url is not one that this function connects to",
        "write dsql://USER@HOST/postgres or postgres://USER@HOST:PORT/DATABASE; in a "
        "user or password write / as %2F, @ as %40");
  }
  if (setting.token && !check_token(*setting.token, *url, settings)) return;
  const bool dsql = url->scheme == "dsql" || is_dsql_endpoint(url->host);
  const bool has_password = url->password || !setting.password.empty();
  if (dsql && has_password) {
    settings->warn("the password is passed over: the function signs an IAM token itself");
  }
  auto parameters = pick_parameters(*url, dsql, settings);
  if (setting.token && !setting.token->region.empty() && !has_parameter(*url, "region")) {
    parameters.emplace_back("region", setting.token->region);
  }
  if (!setting.search_path.empty() && !has_parameter(*url, "search_path")) {
    parameters.emplace_back("search_path", setting.search_path);
  }
  const bool iam = setting.token && !dsql;
  settings->fields["target"] = std::string(dsql ? "dsql://" : "postgres://") +
                               make_authority(*url, setting, !dsql && !iam) +
                               percent_encode(url->path, "/") + make_query(parameters);
  if (iam) settings->fields["iamAuth"] = "true";
}

std::string set_source(std::string_view dir, const Source& folder, Settings* settings) {
  const auto scheme_end = dir.find("://");
  const auto scheme = scheme_end == std::string_view::npos ? "file" : dir.substr(0, scheme_end);
  if (scheme != "file" && scheme != "s3") {
    settings->refuse("source", "the folder's URL '" + std::string(scheme) + "://' is not read here",
                     "write file://FOLDER or s3://BUCKET/PREFIX/, or give the event a source");
    return "";
  }
  // One more slash makes any path an absolute one: of "file://a b", /a b is decoded.
  const auto path = scheme_end == std::string_view::npos ? dir : dir.substr(scheme_end + 3);
  std::string encoded = scheme == "s3" ? "s3://" : "file:///";
  for (const char c : path) encoded += c == ' ' ? std::string("%20") : std::string(1, c);
  auto url = parse_url(encoded);
  if (!url || path.empty()) {
    settings->refuse("source", "the folder '" + std::string(dir) + "' is no URL",
                     "write file://FOLDER or s3://BUCKET/PREFIX/");
    return "";
  }
  std::string format;
  for (const auto& [name, value] : url->query) {
    if (name == "format") format = value;
  }
  std::erase_if(url->query, [](const auto& parameter) { return parameter.first == "format"; });
  const auto query = make_query(url->query);
  const auto named = scheme == "s3" ? url->path : url->path.substr(1);
  if (scheme == "s3" || named.starts_with('/')) {
    settings->fields["source"] =
        std::string(scheme) + "://" + url->host + percent_encode(named, "/") + query;
    return format;
  }
  const auto below = join_path(folder.path, named);
  if (!below) {
    settings->refuse("source", "the folder '" + std::string(dir) + "' leads out of the bucket",
                     "it is below the folder of the file itself");
    return format;
  }
  const bool s3 = folder.kind == Source::Kind::kS3;
  const auto region = s3 && !folder.region.empty() ? "?region=" + folder.region : "";
  settings->fields["source"] =
      (s3 ? "s3://" + folder.bucket + "/" : "file://") + percent_encode(*below, "/") + region;
  return format;
}

}  // namespace handler
