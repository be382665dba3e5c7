#include "engine/progress_log.h"

#include <chrono>
#include <string>

namespace engine {
namespace {

constexpr std::size_t kFew = 5;
constexpr std::chrono::seconds kTellAgain{10};

}  // namespace

ProgressLog::ProgressLog(const Session& session) : session_(session) {}

void ProgressLog::begin(std::size_t files) {
  files_ = files;
  told_ = session_.clock().now();
}

void ProgressLog::add(const MigrationResult& result, bool undone) const {
  session_.notify(files_ <= kFew ? Event::Level::kInfo : Event::Level::kDebug,
                  undone ? "migration undone" : "migration applied",
                  {{"version", result.version},
                   {"statements", std::to_string(result.statements)},
                   {"ms", std::to_string(result.duration.count())}});
}

void ProgressLog::go_on(std::size_t files) {
  const auto now = session_.clock().now();
  if (files == files_ || now - told_ < kTellAgain) return;
  told_ = now;
  session_.notify(Event::Level::kInfo, "migrations under way",
                  {{"files", std::to_string(files)}, {"of", std::to_string(files_)}});
}

}  // namespace engine
