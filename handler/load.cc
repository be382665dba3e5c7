#include "handler/load.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

#include "handler/request_error.h"
#include "runtime/s3.h"

namespace handler {
namespace {

bool is_migration_name(std::string_view name) {
  if (name.size() < 4 || name.find('/') != std::string_view::npos) return false;
  const auto ending = name.substr(name.size() - 4);
  return std::equal(ending.begin(), ending.end(), ".sql",
                    [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
}

std::vector<engine::SourceFile> load_s3(const Source& source,
                                        const runtime::Credentials& credentials,
                                        const runtime::Environment& environment,
                                        runtime::Http& http, runtime::Deadline deadline) {
  runtime::S3Options options;
  options.region =
      source.region.empty() ? environment.get_or("AWS_REGION", "us-east-1") : source.region;
  runtime::S3 s3(http, credentials, environment, options);
  auto objects = s3.list(source.bucket, source.path, deadline);
  std::erase_if(objects, [&](const runtime::S3Object& object) {
    return !is_migration_name(std::string_view(object.key).substr(source.path.size()));
  });
  std::vector<engine::SourceFile> files;
  for (auto& content : s3.get(source.bucket, objects, deadline)) {
    engine::SourceFile file;
    file.name = content.key.substr(source.path.size());
    file.location = "s3://" + source.bucket + "/" + content.key;
    file.version_id = content.version_id.empty() ? content.etag : content.version_id;
    file.bytes = std::move(content.body);
    files.push_back(std::move(file));
  }
  return files;
}

engine::SourceFile read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  engine::SourceFile file;
  file.name = path.filename().string();
  file.location = "file://" + path.string();
  file.bytes.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  if (!in) {
    throw RequestError("source", "file " + path.string() + " cannot be read",
                       "check its permissions");
  }
  return file;
}

std::vector<engine::SourceFile> load_folder(const std::string& folder) {
  std::error_code error;
  std::vector<engine::SourceFile> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const auto name = entry.path().filename().string();
    if (is_migration_name(name) && entry.is_regular_file(error))
      files.push_back(read_file(entry.path()));
  }
  if (error) {
    throw RequestError("source", "folder " + folder + " cannot be read: " + error.message(),
                       "the function's own files are below /var/task");
  }
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return files;
}

}  // namespace

std::vector<engine::SourceFile> load_files(const Source& source,
                                           const runtime::Credentials& credentials,
                                           const runtime::Environment& environment,
                                           runtime::Http& http, runtime::Deadline deadline) {
  if (source.kind == Source::Kind::kFolder) return load_folder(source.path);
  return load_s3(source, credentials, environment, http, deadline);
}

}  // namespace handler
