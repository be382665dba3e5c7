#include "engine/bulk_log.h"

#include <algorithm>

namespace engine {
namespace {

constexpr std::chrono::seconds kTellAgain{10};

}  // namespace

BulkLog::BulkLog(const Session& session, const Migration& file, const PlannedStatement& statement)
    : session_(session),
      file_(file),
      statement_(statement),
      last_(session.clock().now()),
      told_(last_) {}

void BulkLog::add(std::optional<long long> rows, long long progress) {
  const auto now = session_.clock().now();
  longest_ = std::max(longest_, std::chrono::duration_cast<std::chrono::milliseconds>(now - last_));
  last_ = now;
  ++transactions_;
  rows_ += rows.value_or(0);
  progress_ = progress;
  if (now - told_ < kTellAgain) return;
  told_ = now;
  tell("statement under way");
}

void BulkLog::finish(bool complete) {
  if (transactions_ == 0) return;
  tell(complete ? "statement applied in many transactions" : "statement stopped half-way");
}

void BulkLog::tell(const std::string& message) const {
  session_.notify(Event::Level::kInfo, message,
                  {{"version", file_.version},
                   {"statement", std::to_string(statement_.number)},
                   {"transactions", std::to_string(transactions_)},
                   {"rows", std::to_string(rows_)},
                   {"progress", std::to_string(progress_)}});
}

}  // namespace engine
