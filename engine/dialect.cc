#include "engine/dialect.h"

namespace engine {

PreparedStatement prepare_statement(const Statement& statement, Dialect) {
  return {statement.text, statement.kind, false, "", "", ""};
}

std::vector<Problem> lint_statement(const Statement&, const std::string&, Dialect) { return {}; }

}  // namespace engine
