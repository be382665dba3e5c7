#include "handler/load.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

#include "engine/ascii.h"
#include "handler/request_error.h"
#include "runtime/archive.h"
#include "runtime/error.h"
#include "runtime/s3.h"
#include "runtime/spool.h"

namespace handler {
namespace {

using engine::SourceEntry;
using engine::SourceFile;
using Take = std::function<void(SourceFile)>;

// Packed; what it may unpack to is runtime::ArchiveLimits'.
constexpr std::size_t kMostArchiveBytes = std::size_t{64} << 20;

// What some format reads, or heeds beside a migration; of sequelize's files only the names matter.
bool is_listed(std::string_view name, const Source& source) {
  if (name == "atlas.sum") return true;
  constexpr std::array<std::string_view, 4> kJavaScript = {".js", ".cjs", ".ts", ".cts"};
  const auto ends = [&](std::string_view ending) {
    return engine::ends_with_ignoring_case(name, ending);
  };
  return std::any_of(kJavaScript.begin(), kJavaScript.end(), ends) ||
         std::any_of(
             source.suffixes.begin(), source.suffixes.end(),
             [&](const std::string& suffix) { return ends(suffix) || ends(suffix + ".conf"); });
}

SourceFile make_file(const SourceEntry& entry, std::string bytes) {
  SourceFile file;
  file.name = entry.name;
  file.location = entry.location;
  file.etag = entry.etag;
  file.bytes = std::move(bytes);
  return file;
}

class S3Files final : public engine::MigrationSource {
 public:
  S3Files(const Source& source, runtime::S3Options options, const runtime::Credentials& credentials,
          const runtime::Environment& environment, runtime::Http& http, runtime::Deadline deadline)
      : source_(source),
        deadline_(deadline),
        s3_(http, credentials, environment, std::move(options)),
        spool_(environment.get_or("TMPDIR", "/tmp")) {
    for (auto& object : s3_.list(source.bucket, source.path, deadline)) {
      auto name = object.key.substr(source.path.size());
      if (!is_listed(name, source)) continue;
      entries_.push_back({std::move(name), "s3://" + source.bucket + "/" + object.key,
                          std::move(object.etag), object.size});
    }
  }

  const std::vector<SourceEntry>& entries() const override { return entries_; }

  void read(std::span<const std::size_t> wanted, const Take& take) override {
    while (!wanted.empty()) {
      if (auto bytes = spool_.get(wanted.front())) {
        take(make_file(entries_.at(wanted.front()), std::move(*bytes)));
        wanted = wanted.subspan(1);
        continue;
      }
      const auto spooled = std::find_if(wanted.begin() + 1, wanted.end(),
                                        [&](std::size_t entry) { return spool_.has(entry); });
      const auto missing = static_cast<std::size_t>(spooled - wanted.begin());
      download(wanted.first(missing), take);
      wanted = wanted.subspan(missing);
    }
  }

 private:
  void download(std::span<const std::size_t> wanted, const Take& take) {
    std::vector<runtime::S3Object> objects;
    objects.reserve(wanted.size());
    for (const auto entry : wanted) {
      const auto& [name, location, etag, size] = entries_.at(entry);
      objects.push_back({source_.path + name, etag, size});
    }
    auto next = wanted.begin();
    const auto keep = [&](runtime::S3Content content) {
      const auto entry = *next++;
      ++downloaded_;
      spool_.put(entry, content.body);
      auto file = make_file(entries_[entry], std::move(content.body));
      file.version_id = content.version_id.empty() ? content.etag : content.version_id;
      take(std::move(file));
    };
    try {
      s3_.get(source_.bucket, objects, deadline_, keep);
    } catch (const runtime::Error& error) {
      if (error.kind() != runtime::ErrorKind::kTimeout) throw;
      throw make_too_slow(error);
    }
  }

  runtime::Error make_too_slow(const runtime::Error& error) const {
    return {error.kind(), "the run's time was over when " + std::to_string(downloaded_) +
                              " files had been read of the " + std::to_string(entries_.size()) +
                              " at s3://" + source_.bucket + "/" + source_.path + " (" +
                              error.what() + ")"};
  }

  Source source_;
  runtime::Deadline deadline_;
  runtime::S3 s3_;
  runtime::Spool spool_;
  std::vector<SourceEntry> entries_;
  std::size_t downloaded_ = 0;
};

RequestError make_unreadable(const std::string& path) {
  return {"source", "file " + path + " cannot be read", "check its permissions"};
}

std::string read_whole(const std::string& path, std::uint64_t size) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes(static_cast<std::size_t>(size), '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!in || in.peek() != std::ifstream::traits_type::eof()) throw make_unreadable(path);
  return bytes;
}

// A local file's time says too little of its bytes to be an ETag, and reading it costs little.
class FolderFiles final : public engine::MigrationSource {
 public:
  explicit FolderFiles(const Source& source) {
    const auto& folder = source.path;
    try {
      list(source);
    } catch (const std::filesystem::filesystem_error& error) {
      throw RequestError("source",
                         "folder " + folder + " cannot be read: " + error.code().message(),
                         "the function's own files are below /var/task");
    }
    std::sort(entries_.begin(), entries_.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
  }

  const std::vector<SourceEntry>& entries() const override { return entries_; }

  void read(std::span<const std::size_t> wanted, const Take& take) override {
    for (const auto entry : wanted) take(read_file(entries_.at(entry)));
  }

 private:
  void list(const Source& source) {
    const auto& folder = source.path;
    const std::size_t above = folder.size() + (folder.ends_with('/') ? 0 : 1);
    for (auto at = std::filesystem::recursive_directory_iterator(folder);
         at != std::filesystem::recursive_directory_iterator(); ++at) {
      const auto path = at->path().string();
      if (at->path().filename().string().starts_with('.')) at.disable_recursion_pending();
      std::error_code unknown;
      if (!is_listed(path.substr(above), source) || !at->is_regular_file(unknown)) continue;
      const auto size = at->file_size(unknown);
      if (unknown) throw make_unreadable(path);
      entries_.push_back({path.substr(above), "file://" + path, "", size});
    }
  }

  static SourceFile read_file(const SourceEntry& entry) {
    const auto path = entry.location.substr(std::string_view("file://").size());
    return make_file(entry, read_whole(path, entry.size));
  }

  std::vector<SourceEntry> entries_;
};

// An archive as it was read: one download, or one file of the package.
struct PackedFiles {
  std::string bytes;
  std::string location;
  std::string etag = "";  // of the whole; so every file is looked at again when one changed
  std::string version_id = "";
};

std::vector<runtime::ArchiveFile> unpack(const PackedFiles& packed, runtime::ArchiveKind kind) {
  try {
    return runtime::read_archive(packed.bytes, kind);
  } catch (const runtime::Error& error) {
    throw RequestError("source", packed.location + ": " + error.what(),
                       "pack the files again, with zip or tar -z, and put the new archive there");
  }
}

class ArchiveFiles final : public engine::MigrationSource {
 public:
  ArchiveFiles(const PackedFiles& packed, runtime::ArchiveKind kind, const Source& source)
      : version_id_(packed.version_id.empty() ? packed.etag : packed.version_id) {
    for (auto& file : unpack(packed, kind)) {
      if (!is_listed(file.name, source)) continue;
      auto location = packed.location + "!/" + file.name;
      entries_.push_back(
          {std::move(file.name), std::move(location), packed.etag, file.bytes.size()});
      bytes_.push_back(std::move(file.bytes));
    }
  }

  const std::vector<SourceEntry>& entries() const override { return entries_; }

  void read(std::span<const std::size_t> wanted, const Take& take) override {
    for (const auto entry : wanted) {
      auto file = make_file(entries_.at(entry), bytes_[entry]);
      file.version_id = version_id_;
      take(std::move(file));
    }
  }

 private:
  std::string version_id_;
  std::vector<SourceEntry> entries_;
  std::vector<std::string> bytes_;  // of entries_
};

PackedFiles load_archive_file(const std::string& path) {
  std::error_code error;
  const bool folder = std::filesystem::is_directory(path, error);
  const auto size = folder ? 0 : std::filesystem::file_size(path, error);
  if (folder || error) {
    throw RequestError(
        "source", "archive " + path + (folder ? " is a folder" : " cannot be read"),
        folder ? "give the source a final slash" : "the function's own files are below /var/task");
  }
  return {read_whole(path, size), "file://" + path};
}

PackedFiles download_archive(const Source& source, runtime::S3& s3, runtime::Deadline deadline) {
  const auto object = s3.find(source.bucket, source.path, deadline);
  if (!object) {
    throw RequestError("source", "there is no object " + source.to_string(),
                       "check the key; a prefix with that name needs a final slash");
  }
  PackedFiles packed;
  packed.location = source.to_string();
  s3.get(source.bucket, {&*object, 1}, deadline, [&](runtime::S3Content content) {
    packed.bytes = std::move(content.body);
    packed.etag = object->etag;
    packed.version_id = std::move(content.version_id);
  });
  return packed;
}

}  // namespace

std::unique_ptr<engine::MigrationSource> open_files(const Source& source,
                                                    const runtime::Credentials& credentials,
                                                    const runtime::Environment& environment,
                                                    runtime::Http& http,
                                                    runtime::Deadline deadline) {
  if (source.kind == Source::Kind::kFolder) {
    if (!source.archive) return std::make_unique<FolderFiles>(source);
    return std::make_unique<ArchiveFiles>(load_archive_file(source.path), *source.archive, source);
  }
  runtime::S3Options options;
  options.region = source.signing_region(environment);
  if (!source.archive) {
    return std::make_unique<S3Files>(source, std::move(options), credentials, environment, http,
                                     deadline);
  }
  options.max_object_bytes = kMostArchiveBytes;
  runtime::S3 s3(http, credentials, environment, std::move(options));
  return std::make_unique<ArchiveFiles>(download_archive(source, s3, deadline), *source.archive,
                                        source);
}

}  // namespace handler
