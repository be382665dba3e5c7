// ${name} in a migration's text, as Flyway replaces it: everywhere, in comments and strings too.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text_place.h"

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
  // database, timestamp, workingDirectory, table, environment. Only filename is each file's.
  std::map<std::string, std::string, IgnoreCaseLess> values = {};
  std::string separator = ":";                  // between "flyway" and the name of its own
  std::optional<bool> replaced = std::nullopt;  // nullopt: in a Flyway directory
};

struct Replacement {
  // A placeholder, by its offsets in the text it was in, and its value's in the text it is in now.
  struct Value {
    std::size_t before;
    std::size_t before_end;
    std::size_t after;
    std::size_t after_end;
  };

  std::string text;   // when there is no fault
  std::string fault;  // the first placeholder without a value or without its end; "" for none
  std::string hint;   // what may have been meant
  int line = 0;       // of the fault, from 1; columns count code points
  int column = 0;
  std::vector<Value> values = {};  // in the order of the text
};

// Values are put in as they are: a placeholder in one stays. What looks like a prefix and is none
// is skipped as a whole, as Flyway does it: "$${a}" stays, "$$${a}" has a value after two dollars.
// `file`: the path of the file the text is of, whose last part is the value of flyway:filename.
Replacement replace_placeholders(std::string_view text, const Placeholders& placeholders,
                                 std::string_view file = "");

// Places in a text with values, as they were before.
class PlacesBefore {
 public:
  PlacesBefore(std::string_view before, const Replacement& replacement);

  // Inside a value: where the placeholder began.
  TextPlace find(TextPlace after) const;

 private:
  struct Value {
    TextPlace before;
    TextPlace before_end;
    TextPlace after;
    TextPlace after_end;
  };
  std::vector<Value> values_;
};

}  // namespace engine
