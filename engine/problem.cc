#include "engine/problem.h"

#include <utility>

namespace engine {

Problem make_problem(std::string code, std::string message, std::string hint) {
  return make_problem("", std::move(code), std::move(message), std::move(hint));
}

Problem make_problem(const std::string& file, std::string code, std::string message,
                     std::string hint) {
  Problem problem;
  problem.code = std::move(code);
  problem.file = file;
  problem.message = std::move(message);
  problem.hint = std::move(hint);
  return problem;
}

}  // namespace engine
