// One SQL statement cut from a migration file.
#pragma once

#include <string>

namespace engine {

// What decides how a statement is sent and recorded.
enum class StatementKind {
  kDdl,      // CREATE, ALTER, DROP, COMMENT, GRANT, REVOKE, AWS IAM ...: one a transaction on DSQL
  kDml,      // INSERT, UPDATE, DELETE, MERGE, WITH ... over them: commits with its ledger record
  kQuery,    // SELECT, VALUES, TABLE, SHOW, EXPLAIN: no lasting effect assumed, treated as DML
  kSession,  // SET, RESET, SELECT set_config(...): lives as long as the connection
  kTransaction,  // BEGIN, COMMIT, ROLLBACK, SAVEPOINT ...: refused in a migration file
  kStandalone,  // cannot run inside a transaction block: CREATE INDEX CONCURRENTLY, VACUUM, ANALYZE
                // on DSQL, CALL, ALTER SYSTEM, CREATE DATABASE ...
  kUnknown,     // first words not known: sent as DDL is, reported as it fails
};

struct Statement {
  std::string text;  // from its first token to its last, without the terminating semicolon;
                     // comments and line ends inside are kept
  int line = 1;      // of the first token, 1-based
  int column = 1;    // of the first token, 1-based, counted in code points
  StatementKind kind = StatementKind::kUnknown;
  std::string hash;  // SHA-256 (hex) of the tokens joined by one space, comments left out and
                     // unquoted words in lower case: layout and comments may change without making
                     // it another statement
  bool batch = false;  // -- migrate:batch: run again and again until it changes no row
};

}  // namespace engine
