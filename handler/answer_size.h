// Answers no larger than Lambda takes.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace handler {

// Source: AWS Lambda developer guide, "Lambda quotas": 6 MB, of which Lambda's own message names
// the bytes.
inline constexpr std::size_t kMostAnswerBytes = 6'291'556;

// The answer's text, at most that long. When it would be longer, its longest lists lose their last
// members, which `omitted` counts; `counts` stays as it is, and `next` is that of the migrations
// left in `info`. The table goes first.
std::string dump_answer(nlohmann::ordered_json answer, std::size_t limit = kMostAnswerBytes);

}  // namespace handler
