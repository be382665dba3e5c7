#include "tests/support/mutator.h"

#include <algorithm>

std::string Mutator::make(const std::vector<std::string>& corpus) {
  auto text = corpus[below(corpus.size())];
  for (std::size_t i = below(6) + 1; i > 0; --i) {
    const auto at = below(text.size() + 1);
    const auto count = below(std::min<std::size_t>(text.size() - at, 16) + 1);
    switch (below(5)) {
      case 0:
        text.erase(at, count);
        break;
      case 1:
        text.insert(at, pieces_[below(pieces_.size())]);
        break;
      case 2:
        text.replace(at, count, pieces_[below(pieces_.size())]);
        break;
      case 3:
        text.insert(at, 1, static_cast<char>(below(256)));
        break;
      default:
        text.insert(at, part_of(corpus[below(corpus.size())]));
        break;
    }
  }
  return text;
}

std::string Mutator::part_of(const std::string& text) {
  const auto at = below(text.size() + 1);
  return text.substr(at, below(64));
}
