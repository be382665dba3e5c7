#include "engine/skipped_index.h"

#include "engine/index_statement.h"
#include "engine/name.h"

namespace engine {

// An index of a partitioned table is not valid until its partitions have theirs.
std::optional<Query> make_skip_check(const PreparedStatement& prepared) {
  if (prepared.index_name.empty() || prepared.kind != StatementKind::kDdl) return std::nullopt;
  if (prepared.starts_job || !says_if_not_exists(prepared.sql)) return std::nullopt;
  const auto name = name_beside(prepared.table_name, prepared.index_name);
  return Query{
      "SELECT 1 / (1 - count(*)) FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE "
      "c.relkind = 'i' AND NOT i.indisvalid AND c.relname = $2 AND c.relnamespace = (SELECT "
      "t.relnamespace FROM pg_class t WHERE t.oid = to_regclass($1))",
      {prepared.table_name, catalog_name(prepared.index_name)},
      Query::Guard{ErrorKind::kStatement,
                   "the index " + name +
                       " is there already and not valid, as a build that failed leaves it, and IF "
                       "NOT EXISTS passes over it",
                   "Drop it (DROP INDEX " + name + ")"}};
}

}  // namespace engine
