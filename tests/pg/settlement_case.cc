#include "tests/pg/settlement_case.h"

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace engine {
namespace {

std::string env(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set");
  return value;
}

ConnectionSettings settings() {
  return {{{"host", env("PGTEST_HOST")},
           {"port", env("PGTEST_PORT")},
           {"user", env("PGTEST_USER")},
           {"dbname", "postgres"}},
          [] { return std::string(); }};
}

Deadline soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(60); }

constexpr const char* kEmpty =
    "SET client_min_messages = warning;"
    "DROP SCHEMA IF EXISTS app, other, app2, made, sys CASCADE;"
    "DROP TABLE IF EXISTS public.t, public.x;"
    "DROP EXTENSION IF EXISTS pageinspect; DROP PUBLICATION IF EXISTS pub;"
    "DROP ROLE IF EXISTS settle_a, settle_b, \"Settle C\";"
    "CREATE ROLE settle_a;"
    "CREATE SCHEMA app; CREATE SCHEMA other;"
    "SET search_path = app, public;"
    "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text);"
    "CREATE TABLE p (id bigint PRIMARY KEY, a integer);";

}  // namespace

void PrintTo(const SettlementCase& settlement_case, std::ostream* out) {
  *out << settlement_case.statement;
}

SettlementWorld::SettlementWorld() : database_(settings()) {
  database_.connect(soon());
  run(kEmpty);
}

void SettlementWorld::run(const std::string& sql) {
  if (!sql.empty()) database_.execute(sql, {}, soon());
}

std::string SettlementWorld::ask(const Settlement& settlement) {
  if (settlement.method != SettleMethod::kCatalog) return "no question";
  const auto answer = database_.execute(settlement.question_sql, settlement.parameters, soon());
  return answer.rows.at(0).at(0).value_or("NULL");
}

std::string SettlementWorld::ask(const std::string& statement, Dialect dialect) {
  return ask(find_settlement(statement, dialect));
}

std::vector<Dialect> dialects_of(const SettlementCase& settlement_case) {
  if (settlement_case.on == On::kPostgres) return {Dialect::kPostgres};
  if (settlement_case.on == On::kDsql) return {Dialect::kDsql};
  return {Dialect::kPostgres, Dialect::kDsql};
}

}  // namespace engine
