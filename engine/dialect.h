// The same files run on PostgreSQL and on Aurora DSQL: what is rewritten on the way, and what DSQL
// would refuse. Decided on tokens, never inside a literal, a comment or a name. The facts are data
// in capabilities.cc, dated, with their sources.
#pragma once

#include <string>
#include <vector>

#include "engine/directory.h"
#include "engine/problem.h"
#include "engine/statement.h"

namespace engine {

enum class Dialect { kDsql, kPostgres };

// A statement as it will be sent.
struct PreparedStatement {
  std::string sql;
  StatementKind kind = StatementKind::kUnknown;
  bool starts_job = false;  // answers with a job_id row (CREATE INDEX ASYNC, ALTER TABLE ASYNC ...)
  std::string index_name;   // of CREATE [UNIQUE] INDEX, as written, "" when left to the server
  std::string table_name;   // the table a job works on, as written (may be schema-qualified)
  std::string constraint_name;  // of ALTER TABLE ASYNC ... VALIDATE CONSTRAINT
};

// For DSQL: CREATE INDEX [CONCURRENTLY] becomes CREATE INDEX ASYNC, "USING btree" is dropped,
// ASC is dropped, ALTER TABLE ... VALIDATE CONSTRAINT becomes ALTER TABLE ASYNC .... For
// PostgreSQL: ASYNC becomes CONCURRENTLY (index) or is dropped (VALIDATE). Everything else is sent
// as written.
PreparedStatement prepare_statement(const Statement& statement, Dialect dialect);

// What the target would refuse, with the rewrite that works; one problem per finding.
std::vector<Problem> lint_statement(const Statement& statement, const std::string& file,
                                    Dialect dialect);

}  // namespace engine
