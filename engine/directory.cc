#include "engine/directory.h"

#include <algorithm>
#include <cstddef>

namespace engine {

int compare_versions(const std::string& a, const std::string& b) {
  const std::size_t start_a = std::min(a.find_first_not_of('0'), a.size());
  const std::size_t start_b = std::min(b.find_first_not_of('0'), b.size());
  const std::size_t digits_a = a.size() - start_a;
  const std::size_t digits_b = b.size() - start_b;
  if (digits_a != digits_b) return digits_a < digits_b ? -1 : 1;
  return a.compare(start_a, std::string::npos, b, start_b, std::string::npos);
}

MigrationDirectory parse_directory(const std::vector<SourceFile>&) { return {}; }

}  // namespace engine
