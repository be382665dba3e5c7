// Temporary tables (views, sequences) of a PostgreSQL migration file. They end with the connection,
// and what the file says after that must not meet another table of the same name.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "engine/plan.h"
#include "engine/session.h"

namespace engine {

// What a statement makes and ends; names as the catalog has them.
struct TemporaryChange {
  std::string made;  // "" for none; what ON COMMIT DROP ends at once is none
  std::set<std::string> dropped;
  bool dropped_all = false;  // DISCARD
};
TemporaryChange find_temporary_change(std::string_view sql);

class TemporaryTables {
 public:
  // The references must outlive this. On DSQL, which has none, nothing is looked at.
  TemporaryTables(Session& session, const Migration& file, Dialect dialect)
      : session_(session), file_(file), dialect_(dialect) {}

  // Before `statement` is sent, in its transaction if it has one; the numbers never go down. Throws
  // Error(kStatement) when what an earlier statement of the file made is gone. The server is asked
  // only after the connection may have been another.
  void check(const PlannedStatement& statement);

 private:
  void read_up_to(int number);
  bool is_there(const std::string& name);

  Session& session_;
  const Migration& file_;
  Dialect dialect_;
  std::set<std::string> made_;  // and not dropped, by the statements up to read_
  int read_ = 0;
  int checked_at_ = -1;  // Session::retries() of the last look
};

}  // namespace engine
