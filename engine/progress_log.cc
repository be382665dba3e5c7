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

void ProgressLog::add(const MigrationResult& result) {
  ++applied_;
  const bool each = files_ <= kFew;
  session_.notify(each ? Event::Level::kInfo : Event::Level::kDebug, "migration applied",
                  {{"version", result.version},
                   {"statements", std::to_string(result.statements)},
                   {"ms", std::to_string(result.duration.count())}});
  const auto now = session_.clock().now();
  if (each || applied_ == files_ || now - told_ < kTellAgain) return;
  told_ = now;
  session_.notify(Event::Level::kInfo, "migrations under way",
                  {{"applied", std::to_string(applied_)},
                   {"of", std::to_string(files_)},
                   {"version", result.version}});
}

}  // namespace engine
