// What another tool's history and the files can disagree about, and what the caller accepts.
#pragma once

#include <string>
#include <vector>

#include "engine/foreign_rows.h"
#include "engine/problem.h"

namespace engine {

// Differences that are errors until they are accepted, by "CODE" or "CODE:VERSION"; then warnings.
class Differences {
 public:
  Differences(ForeignTool tool, std::vector<std::string> accept);

  // `version` as the hint is to name it. False: it is not accepted.
  bool add(const std::string& code, const std::string& version, const std::string& file,
           std::string message, const std::string& hint, const std::string& meaning);
  // One that nothing can be done about here.
  void refuse(const std::string& code, const std::string& file, std::string message,
              std::string hint);
  // Of a file that needs not run (a warning, then) or has to.
  void note(Problem problem, bool has_to_run);

  // All of them, and an error for what was accepted although it is no difference.
  std::vector<Problem> finish();

  ForeignTool tool() const { return tool_; }

 private:
  bool accepts(const std::string& code, const std::string& version);

  ForeignTool tool_;
  std::vector<std::string> accept_;
  std::vector<bool> used_;
  std::vector<Problem> problems_;
};

}  // namespace engine
