#include "handler/sum_file.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include "handler/response.h"
#include "runtime/error.h"
#include "runtime/replace_file.h"
#include "runtime/s3.h"

namespace handler {
namespace {

using engine::RunReport;

constexpr const char* kName = "atlas.sum";

engine::Problem make_not_written(const std::string& folder, const std::error_code& error) {
  auto problem = engine::make_problem(
      kName, "sum-not-written", "it cannot be written in " + folder + ": " + error.message(),
      "The function's own package cannot be changed: write it where the package is made, or put "
      "the text of sum there");
  problem.severity = engine::Severity::kWarning;
  return problem;
}

// The place, "" when it was not written.
std::string write_in_folder(const std::string& folder, const std::string& text, RunReport* report) {
  const auto path = (std::filesystem::path(folder) / kName).string();
  if (const auto error = runtime::replace_file(path, text)) {
    report->problems.insert(report->problems.begin(), make_not_written(folder, error));
    return "";
  }
  return "file://" + path;
}

// What was listed; at its key, with an ETag of "", when none was.
runtime::S3Object find_listed(const engine::MigrationSource& files, std::string key) {
  const auto& entries = files.entries();
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [](const auto& entry) { return entry.name == kName; });
  return {std::move(key), found == entries.end() ? "" : found->etag, 0};
}

// Whether the object has that text by now: of another hash at the same time, or because the answer
// to our own was lost.
bool has_text(runtime::S3& s3, const std::string& bucket, const std::string& key,
              const std::string& text, runtime::Deadline deadline) {
  const auto object = s3.find(bucket, key, deadline);
  bool same = false;
  if (!object || object->size != text.size()) return false;
  s3.get(bucket, {&*object, 1}, deadline,
         [&](const runtime::S3Content& content) { same = content.body == text; });
  return same;
}

void put_in_bucket(const SumPlace& place, const engine::MigrationSource& files,
                   const std::string& text) {
  runtime::S3Options options;
  options.region = place.source.signing_region(place.environment);
  runtime::S3 s3(place.http, place.credentials, place.environment, std::move(options));
  const auto& bucket = place.source.bucket;
  const auto was = find_listed(files, place.source.path + kName);
  try {
    s3.put(bucket, was, text, place.deadline);
  } catch (const runtime::Error& error) {
    if (error.kind() != runtime::ErrorKind::kChanged) throw;
    if (!has_text(s3, bucket, was.key, text, place.deadline)) throw;
  }
}

void set_failed(const runtime::Error& error, RunReport* report) {
  auto failed = report_runtime_error(error);
  if (failed.failure && error.kind() == runtime::ErrorKind::kAccessDenied) {
    failed.failure->hint =
        "template.yaml grants it with WriteAtlasSum=true; without it, put the text of sum there";
  }
  report->status = failed.status;
  report->failure = std::move(failed.failure);
}

// The same.
std::string write_in_bucket(const SumPlace& place, const engine::MigrationSource& files,
                            const std::string& text, RunReport* report) {
  try {
    put_in_bucket(place, files, text);
    return place.source.to_string() + kName;
  } catch (const runtime::Error& error) {
    set_failed(error, report);
    return "";
  }
}

}  // namespace

void write_sum(const SumPlace& place, const engine::MigrationSource& files, RunReport* report) {
  auto& sum = report->sum;
  if (report->status != engine::Status::kPending || !sum) return;
  sum->written_to = place.source.kind == Source::Kind::kFolder
                        ? write_in_folder(place.source.path, sum->text, report)
                        : write_in_bucket(place, files, sum->text, report);
  if (!sum->written_to.empty()) report->status = engine::Status::kUpToDate;
}

}  // namespace handler
