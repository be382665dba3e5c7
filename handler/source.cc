#include "handler/source.h"

#include "handler/request_error.h"
#include "handler/url.h"

namespace handler {
namespace {

constexpr const char* kForms =
    "use s3://BUCKET/PREFIX/ or file:///FOLDER/, or name a .zip or .tar.gz there";

// Without what may be a secret: a presigned URL's query, a user's password.
std::string shown(std::string_view text) {
  const auto whole = text.size();
  text = text.substr(0, text.find_first_of("?#"));
  if (text.find('@') != text.npos) text = text.substr(0, text.find(':'));
  return "'" + std::string(text) + (text.size() == whole ? "'" : "...'");
}

Source parse_s3(std::string_view text, const Url& url) {
  Source source;
  source.kind = Source::Kind::kS3;
  source.bucket = url.host;
  if (source.bucket.empty()) {
    throw RequestError("source", "source " + shown(text) + " names no bucket", kForms);
  }
  source.path = url.path.empty() ? "" : url.path.substr(1);
  source.archive = runtime::archive_kind(source.path);
  if (!source.archive && !source.path.empty() && source.path.back() != '/') source.path += '/';
  for (const auto& [name, value] : url.query) {
    if (name != "region") {
      throw RequestError("source", "source has an unknown parameter '" + name + "'",
                         "s3:// sources know one parameter: region");
    }
    source.region = value;
  }
  return source;
}

Source parse_folder(std::string_view text, const Url& url) {
  if (!url.host.empty() || url.path.empty() || !url.query.empty()) {
    throw RequestError("source", "source " + shown(text) + " is not a local folder",
                       "use three slashes and an absolute path: file:///var/task/migrations/");
  }
  Source source;
  source.path = url.path;
  source.archive = runtime::archive_kind(source.path);
  return source;
}

}  // namespace

std::string Source::signing_region(const runtime::Environment& environment) const {
  return region.empty() ? environment.get_or("AWS_REGION", "us-east-1") : region;
}

std::string Source::to_string() const {
  return kind == Kind::kS3 ? "s3://" + bucket + "/" + path : "file://" + path;
}

Source parse_source(std::string_view text) {
  const auto url = parse_url(text);
  if (url && url->scheme == "s3" && url->user.empty()) return parse_s3(text, *url);
  if (url && url->scheme == "file") return parse_folder(text, *url);
  throw RequestError("source", "source " + shown(text) + " is not a URL this function reads",
                     kForms);
}

}  // namespace handler
