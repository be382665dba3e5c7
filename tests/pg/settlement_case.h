// One statement in doubt on a real server: what its question answers before and after it has run.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "engine/pg_database.h"
#include "engine/settlement.h"

namespace engine {

enum class On { kBoth, kPostgres, kDsql };  // the dialects whose question is asked

struct SettlementCase {
  std::string name;
  std::string statement;
  std::string setup = "";   // statements before it
  std::string effect = "";  // run instead of the statement, for one the server does not know
  On on = On::kBoth;
};

void PrintTo(const SettlementCase& settlement_case, std::ostream* out);

// A connection to an emptied world: schemas app (search_path, with public behind it) and other;
// in app
//   t (id bigint PRIMARY KEY, a integer, b text), p (id bigint PRIMARY KEY, a integer),
// role settle_a. Everything of an earlier case is gone.
class SettlementWorld {
 public:
  SettlementWorld();
  void run(const std::string& sql);
  // The answer's text.
  std::string ask(const Settlement& settlement);
  std::string ask(const std::string& statement, Dialect dialect = Dialect::kPostgres);

 private:
  PgDatabase database_;
};

std::vector<Dialect> dialects_of(const SettlementCase& settlement_case);

}  // namespace engine
