#include "engine/settlement_forms.h"

#include <iterator>

namespace engine::settlement {
namespace {

constexpr SettleMethod kRerun = SettleMethod::kRerun;
constexpr SettleMethod kCatalog = SettleMethod::kCatalog;
constexpr SettleMethod kRefuse = SettleMethod::kRefuse;

// In the order of Form.
constexpr SettleForm kForms[] = {
    {"CREATE ... IF NOT EXISTS (all but SCHEMA and INDEX)", kRerun,
     "the second run finds the object and does nothing"},
    {"CREATE OR REPLACE ...", kRerun, "the second run puts the same in place of the first"},
    {"CREATE TABLE", kCatalog,
     "is there a table of that name, where the statement makes it, with the columns written, their "
     "order and types; with others, or OF a type, unclear"},
    {"CREATE TABLE ... PARTITION OF", kCatalog,
     "is there a table of that name, and is it a partition of that parent"},
    {"CREATE TABLE ... AS, SELECT ... INTO", kCatalog,
     "is there a table of that name with the columns of the query; unclear when they cannot be "
     "read from the text (expressions without AS, a star over more than one table)"},
    {"CREATE INDEX name", kCatalog,
     "is there an index of that name on that table, with the columns written, UNIQUE or not, with "
     "WHERE or not, and is it valid; one that is not valid is being built or its build failed: "
     "wait for it, or drop it and build again"},
    {"CREATE INDEX IF NOT EXISTS", kCatalog,
     "is there anything of that name; an index that is not valid would be passed over in silence, "
     "so it is waited for, or dropped and built again"},
    {"CREATE INDEX without a name", kCatalog,
     "is there none with the columns written: then it was not done; one that is there may be an "
     "older one, so that is unclear. Of a run of ours it has a name, chosen as the server would "
     "and recorded before it is sent, and is settled by that"},
    {"CREATE VIEW, CREATE MATERIALIZED VIEW", kCatalog,
     "is there a view of that name with the columns of the query; unclear when they cannot be read "
     "from the text (expressions without AS, a star over more than one table)"},
    {"CREATE SEQUENCE", kCatalog, "is there a sequence of that name with the options written"},
    {"CREATE SCHEMA", kCatalog,
     "is there a schema of that name, and is it empty as a new one is; unclear when it is not"},
    {"CREATE SCHEMA IF NOT EXISTS", kCatalog,
     "is there a schema of that name (running it again can fail at the limit of schemas)"},
    {"CREATE DOMAIN", kCatalog, "is there a domain of that name over that type, NOT NULL or not"},
    {"CREATE TYPE", kCatalog,
     "is there a type of that name with these labels or attributes; other kinds of type are "
     "unclear when there"},
    {"CREATE FUNCTION, CREATE PROCEDURE", kCatalog,
     "is there a routine of that name with these argument types and this body; unclear when the "
     "body is no plain string"},
    {"CREATE ROLE, USER, GROUP", kCatalog,
     "is there a role of that name with the attributes written; unclear when the statement makes "
     "it a member of others"},
    {"CREATE EXTENSION", kCatalog, "is there an extension of that name, in the version written"},
    {"CREATE STATISTICS name", kCatalog, "are there statistics of that name on that table"},
    {"CREATE STATISTICS without a name", kRefuse,
     "the server makes the name: look whether pg_statistic_ext has statistics on these columns"},
    {"CREATE STATISTICS name (Aurora DSQL)", kRerun,
     "no catalog is known to show them; SQLSTATE 42710 of the second run says that they are there"},
    {"CREATE TRIGGER", kCatalog,
     "is there a trigger of that name on that table that calls that function"},
    {"CREATE POLICY, RULE, COLLATION, PUBLICATION, SERVER and the like", kCatalog,
     "is there none of that name; one that is there is not compared and so unclear"},
    {"DROP ...", kCatalog,
     "is there none of that name; for a name without a schema it also has to be found nowhere else "
     "in search_path, where the DROP may have uncovered it"},
    {"DROP ... IF EXISTS", kRerun, "the second run finds nothing and does nothing"},
    {"DROP ... IF EXISTS, a name without a schema", kCatalog,
     "as DROP: the second run could find one of the same name further down search_path"},
    {"DROP TRIGGER, POLICY, RULE", kCatalog, "is there none of that name on that table"},
    {"DROP STATISTICS (Aurora DSQL)", kRerun,
     "no catalog is known to show them; SQLSTATE 42704 of the second run says that they are gone"},
    {"DROP OWNED", kRefuse,
     "the second run would drop what the role has made since: look whether it owns anything"},
    {"ALTER ... RENAME TO", kCatalog,
     "is the old name gone and the new one there; both or neither is unclear"},
    {"ALTER ... SET SCHEMA", kCatalog,
     "is it in the new schema and no more where it was; both or neither is unclear"},
    {"ALTER ... OWNER TO", kCatalog, "is that role the owner"},
    {"ALTER ... of settings (SET, RESET, functions' attributes, DEFAULT PRIVILEGES, SYSTEM)",
     kRerun, "the second run sets the same"},
    {"ALTER STATISTICS ... RENAME TO, SET SCHEMA, OWNER TO (Aurora DSQL)", kRefuse,
     "no catalog is known to show them: try COMMENT ON STATISTICS with the new name"},
    {"ALTER TABLE ... ADD COLUMN", kCatalog,
     "is there a column of that name and type, with or without NOT NULL, default, identity and "
     "generation as written; another one of that name is unclear"},
    {"ALTER TABLE ... ADD COLUMN IF NOT EXISTS", kRerun,
     "the second run finds the column and does nothing"},
    {"ALTER TABLE ... DROP COLUMN", kCatalog, "is there no such column in the table"},
    {"ALTER TABLE ... DROP COLUMN IF EXISTS", kRerun,
     "the second run finds no column and does nothing"},
    {"ALTER ... RENAME COLUMN", kCatalog,
     "is the old name gone and the new one there; both or neither is unclear"},
    {"ALTER TABLE ... ALTER COLUMN SET or DROP (DEFAULT, NOT NULL, STORAGE, ... IF EXISTS)", kRerun,
     "the second run sets the same"},
    {"ALTER TABLE ... ALTER COLUMN TYPE", kRerun,
     "the second run converts to the type the column has, which changes nothing"},
    {"ALTER TABLE ... ALTER COLUMN TYPE ... USING", kCatalog,
     "does the column not have the type: then it was not done; when it does, it may have had it "
     "before and a second conversion could spoil the values, so that is unclear: look at them"},
    {"ALTER TABLE ... DROP EXPRESSION", kCatalog, "is the column no generated one"},
    {"ALTER TABLE ... ADD GENERATED AS IDENTITY", kCatalog,
     "is the column an identity of that kind; of the other kind is unclear"},
    {"ALTER TABLE ... SET GENERATED, SET INCREMENT, SET CACHE ...", kRerun,
     "the second run sets the same"},
    {"ALTER TABLE ... DROP IDENTITY", kCatalog, "is the column no identity"},
    {"ALTER SEQUENCE ... RESTART, ALTER TABLE ... RESTART", kCatalog,
     "has no number been taken since the sequence was last restarted: then running it again does "
     "no harm; otherwise numbers may have been taken after it was done and would be handed out "
     "twice, so that is unclear: compare last_value with the highest value stored"},
    {"ALTER TABLE ... ADD CONSTRAINT name", kCatalog,
     "is there a constraint of that name, kind, columns and validity; another one of that name is "
     "unclear"},
    {"ALTER TABLE ... ADD PRIMARY KEY, UNIQUE, FOREIGN KEY without a name", kCatalog,
     "is there one with these columns and the name the server makes of them; unclear when only one "
     "of another name is there"},
    {"ALTER TABLE ... ADD ... USING INDEX", kCatalog,
     "is there the constraint, and did it take the index; when the index is still free, it was not "
     "done"},
    {"ALTER TABLE ... ADD CHECK, EXCLUDE without a name", kCatalog,
     "is there no constraint with a name as the server makes it: then it was not done; one that is "
     "there may be an older one, so that is unclear: look at its expression"},
    {"ALTER TABLE ... DROP CONSTRAINT", kCatalog, "is there no such constraint on the table"},
    {"ALTER TABLE ... DROP CONSTRAINT IF EXISTS", kRerun,
     "the second run finds no constraint and does nothing"},
    {"ALTER TABLE ... DROP CONSTRAINT and ADD CONSTRAINT of one name", kRerun,
     "the second run puts the same in place of the first"},
    {"ALTER ... RENAME CONSTRAINT", kCatalog,
     "is the old name gone and the new one there; both or neither is unclear"},
    {"ALTER TABLE [ASYNC] ... VALIDATE CONSTRAINT", kCatalog,
     "is the constraint valid (while a job is still at work it is not; a second one does no harm)"},
    {"ALTER TABLE ... ATTACH PARTITION, INHERIT", kCatalog, "is it a child of that table"},
    {"ALTER TABLE ... DETACH PARTITION, NO INHERIT", kCatalog,
     "is it no child of that table; half detached (CONCURRENTLY) is unclear: FINALIZE it"},
    {"ALTER TABLE ... settings (ENABLE, DISABLE, SET, RESET, ALTER CONSTRAINT, REPLICA IDENTITY "
     "...)",
     kRerun, "the second run sets the same"},
    {"ALTER TABLE, several actions", kCatalog,
     "have all of them been done that can be asked about, or none; a mixture is unclear, for they "
     "take effect together"},
    {"ALTER TABLE ... DROP COLUMN and ADD COLUMN of one name", kRefuse,
     "there is such a column before and after, and a second run would lose what was written since: "
     "look at its type and values"},
    {"ALTER SEQUENCE ... of options", kRerun, "the second run sets the same"},
    {"ALTER TYPE ... ADD VALUE", kCatalog, "does the type have the label"},
    {"ALTER TYPE ... RENAME VALUE", kCatalog,
     "is the old label gone and the new one there; both or neither is unclear"},
    {"ALTER ROLE, USER, GROUP", kRerun, "the second run sets the same"},
    {"COMMENT, SECURITY LABEL", kRerun, "the second run sets the same text"},
    {"GRANT, REVOKE", kRerun, "a right given or taken twice is given or taken once"},
    {"AWS IAM GRANT", kCatalog, "does sys.iam_pg_role_mappings have the pair"},
    {"AWS IAM REVOKE", kCatalog, "does sys.iam_pg_role_mappings have the pair no more"},
    {"ANALYZE, VACUUM, REINDEX, CLUSTER, CHECKPOINT, REFRESH MATERIALIZED VIEW", kRerun,
     "the second run leaves what the first does; a REINDEX CONCURRENTLY that was cut off leaves an "
     "invalid index (_ccnew) besides, to be dropped by hand"},
    {"REASSIGN OWNED", kRerun, "the second run finds nothing more to give"},
    {"SET, RESET, SHOW, LISTEN, LOCK and the like", kRerun,
     "its effect ends with the connection or the transaction"},
    {"CALL sys.wait_for_job", kRerun, "it only waits"},
    {"CALL", kRefuse, "a procedure can do anything: look at what it should have changed"},
    {"DO", kRefuse, "the block can do anything: look at what it should have changed"},
    {"INSERT, UPDATE, DELETE, MERGE, TRUNCATE, COPY, EXECUTE, NOTIFY", kRefuse,
     "it commits together with its record in the ledger, which tells; alone it cannot be settled: "
     "look at the rows"},
    {"SELECT, VALUES, EXPLAIN, FETCH", kRefuse,
     "it commits together with its record in the ledger, which tells; alone a function it calls "
     "can have done anything"},
    {"BEGIN, COMMIT, ROLLBACK, SAVEPOINT", kRefuse, "it has no place in a migration file"},
    {"a name in Unicode escapes (U&\"...\")", kRefuse,
     "the name is not decoded: look for the object"},
    {"anything else", kRefuse, "the form is not known: look at what it should have changed"},
};
static_assert(std::size(kForms) == static_cast<std::size_t>(Form::kCount));

std::string_view method_name(SettleMethod method) {
  if (method == kRerun) return "run again";
  return method == kCatalog ? "ask the catalog" : "ask the user";
}

}  // namespace

const SettleForm& find_form(Form form) { return kForms[static_cast<std::size_t>(form)]; }

Settlement make_settlement(Form form) {
  const SettleForm& row = find_form(form);
  return {row.method, row.form, row.explain, "", {}, "", {}};
}

}  // namespace engine::settlement

namespace engine {

std::span<const SettleForm> settle_forms() { return settlement::kForms; }

std::string make_settle_table() {
  std::string table = "| Statement | Settled by | How |\n|---|---|---|\n";
  for (const auto& row : settle_forms()) {
    table += "| " + std::string(row.form) + " | " +
             std::string(settlement::method_name(row.method)) + " | " + std::string(row.explain) +
             " |\n";
  }
  return table;
}

}  // namespace engine
