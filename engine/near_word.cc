#include "engine/near_word.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "engine/ascii.h"

namespace engine {

std::size_t letters_apart(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto changed = diagonal + (to_lower(a[i]) == to_lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::string_view find_near_word(std::string_view written, std::span<const std::string_view> words) {
  constexpr std::size_t kLongest = 40;
  std::string_view nearest;
  if (written.size() > kLongest) return nearest;
  std::size_t best = 3;  // more is another word
  for (const auto word : words) {
    const auto letters = letters_apart(written, word);
    if (letters < best && letters * 2 <= word.size()) {
      best = letters;
      nearest = word;
    }
  }
  return nearest;
}

}  // namespace engine
