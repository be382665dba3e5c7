#include "engine/adopt_difference.h"

#include <utility>

namespace engine {

Differences::Differences(ForeignTool tool, std::vector<std::string> accept)
    : tool_(tool), accept_(std::move(accept)), used_(accept_.size()) {}

bool Differences::accepts(const std::string& code, const std::string& version) {
  const auto exactly = code + ":" + version;
  bool accepted = false;
  for (std::size_t i = 0; i < accept_.size(); ++i) {
    if (accept_[i] != code && accept_[i] != exactly) continue;
    accepted = used_[i] = true;
  }
  return accepted;
}

bool Differences::add(const std::string& code, const std::string& version, const std::string& file,
                      std::string message, const std::string& hint, const std::string& meaning) {
  Problem problem;
  problem.code = code;
  problem.file = file;
  problem.message = std::move(message);
  const auto word = version.empty() ? code : code + ":" + version;
  const bool accepted = accepts(code, version);
  problem.severity = accepted ? Severity::kWarning : Severity::kError;
  problem.hint = accepted ? "Accepted: " + meaning + "."
                          : hint + " Or accept \"" + word + "\": " + meaning + ".";
  problems_.push_back(std::move(problem));
  return accepted;
}

void Differences::refuse(const std::string& code, const std::string& file, std::string message,
                         std::string hint) {
  problems_.push_back(make_problem(file, code, std::move(message), std::move(hint)));
}

void Differences::note(Problem problem, bool has_to_run) {
  if (!has_to_run) problem.severity = Severity::kWarning;
  problems_.push_back(std::move(problem));
}

std::vector<Problem> Differences::finish() {
  for (std::size_t i = 0; i < accept_.size(); ++i) {
    if (used_[i]) continue;
    refuse("nothing-to-accept", "",
           "accept names '" + accept_[i] + "', and there is no such difference",
           "Leave it out; a difference is named CODE or CODE:VERSION, as its problem says.");
  }
  return std::move(problems_);
}

}  // namespace engine
