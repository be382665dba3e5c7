// ${name} in a migration's text, as Flyway replaces it: everywhere, in comments and strings too.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace engine {

// Orders names without regard to the case of ASCII letters.
struct IgnoreCaseLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};

struct Placeholders {
  std::string prefix = "${";
  std::string suffix = "}";
  // Flyway's own are in here like any other, "flyway:" and their name: defaultSchema, user,
  // database, timestamp, filename, workingDirectory, table, environment.
  std::map<std::string, std::string, IgnoreCaseLess> values;
};

struct Replacement {
  std::string text;   // when there is no fault
  std::string fault;  // the first placeholder without a value or without its end; "" for none
  int line = 0;       // of the fault, from 1; columns count code points
  int column = 0;
};

// Values are put in as they are: a placeholder in one stays. What looks like a prefix and is none
// is skipped as a whole, as Flyway does it: "$${a}" stays, "$$${a}" has a value after two dollars.
Replacement replace_placeholders(std::string_view text, const Placeholders& placeholders);

}  // namespace engine
