// What a run tells while it runs. The caller turns it into log lines; the engine never prints.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace engine {

struct Event {
  enum class Level { kDebug, kInfo, kWarn, kError };
  Level level = Level::kInfo;
  std::string message;                                      // "migration applied"
  std::vector<std::pair<std::string, std::string>> fields;  // {"version", "2026..."}, ...
};

using Observer = std::function<void(const Event&)>;

}  // namespace engine
