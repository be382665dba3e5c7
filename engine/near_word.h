// Which of the words that there are may have been meant by one that is not among them.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace engine {

// How many letters have to be added, removed or changed (Levenshtein's distance), without regard
// to the case of ASCII letters.
std::size_t letters_apart(std::string_view a, std::string_view b);

// The nearest of the words, the first of several; "" when none is near: more than two letters, or
// more than half of the word, would have to change.
std::string_view find_near_word(std::string_view written, std::span<const std::string_view> words);

}  // namespace engine
