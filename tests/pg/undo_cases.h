// What an undo does on either server.
#pragma once

#include "tests/pg/target.h"

namespace engine {

inline const Files kUndoFiles = {
    {"1_a.sql", "CREATE TABLE a (n bigint PRIMARY KEY);\nINSERT INTO a VALUES (1);"},
    {"2_b.sql",
     "CREATE TABLE b (n bigint);\nCREATE INDEX b_n ON b (n);\nINSERT INTO b VALUES (2);"},
    {"3_c.sql", "DROP INDEX b_n;\nCREATE TABLE c (n bigint);"},
    {"1_a.down.sql", "DROP TABLE a;"},
    {"2_b.down.sql", "UPDATE a SET n = n + 1;\nDROP INDEX b_n;\nDROP TABLE b;"},
    {"3_c.down.sql", "DROP TABLE c;\nCREATE INDEX b_n ON b (n);"}};

inline std::string undo_ledger(Target& target) {
  return target.ask(
      "SELECT string_agg(version || ' ' || kind || ' ' || applied || '/' || total || ' ' || "
      "(finished_at IS NOT NULL), ', ' ORDER BY version) FROM dsql_migrate.revisions");
}

// The last one, then all, then forth again.
inline void undo_and_apply_again(Target& target) {
  ASSERT_EQ(target.apply(kUndoFiles).status, Status::kApplied);
  const auto last = target.undo(kUndoFiles, "2");
  ASSERT_EQ(last.status, Status::kUndone) << reason_of(last);
  EXPECT_EQ(shown(last.undone), "3:2/2");
  EXPECT_EQ(undo_ledger(target), "1 versioned 2/2 true, 2 versioned 3/3 true, 3 undo 2/2 true");
  EXPECT_EQ(target.ask("SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid = "
                       "'b_n'::regclass"),
            "1");
  const auto status = target.status(kUndoFiles);
  EXPECT_EQ(status.status, Status::kPending) << reason_of(status);
  EXPECT_EQ(shown_pending(status), "3:0/2");
  const auto all = target.undo(kUndoFiles, "none");
  ASSERT_EQ(all.status, Status::kUndone) << reason_of(all);
  EXPECT_EQ(shown(all.undone), "2:3/3 1:1/1");
  EXPECT_EQ(all.current_version, "");
  EXPECT_EQ(target.ask("SELECT count(*) FROM pg_tables WHERE tablename IN ('a', 'b', 'c')"), "0");
  const auto again = target.apply(kUndoFiles);
  ASSERT_EQ(again.status, Status::kApplied) << reason_of(again);
  EXPECT_EQ(shown(again.migrations), "1:2/2 2:3/3 3:2/2");
  EXPECT_EQ(target.ask("SELECT sum(n) FROM a"), "1");
  EXPECT_EQ(undo_ledger(target),
            "1 versioned 2/2 true, 2 versioned 3/3 true, 3 versioned 2/2 true");
}

}  // namespace engine
