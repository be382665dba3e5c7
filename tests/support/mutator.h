// Seeded changes of texts, for tests that feed a reader with what nobody would write.
#pragma once

#include <cstddef>
#include <random>
#include <span>
#include <string>
#include <vector>

class Mutator {
 public:
  // `pieces` are put in between; they and the corpus have to outlive this.
  Mutator(unsigned seed, std::span<const char* const> pieces) : random_(seed), pieces_(pieces) {}

  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

  // A text of the corpus with up to six changes.
  std::string make(const std::vector<std::string>& corpus);

 private:
  std::string part_of(const std::string& text);

  std::mt19937 random_;
  std::span<const char* const> pieces_;
};
