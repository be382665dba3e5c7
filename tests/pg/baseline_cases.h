// What a baseline does on either server.
#pragma once

#include "tests/pg/target.h"

namespace engine {

inline std::string ledger_rows(Target& target) {
  return target.ask(
      "SELECT string_agg(version || ' ' || kind || ' ' || applied || '/' || total || ' ' || "
      "(finished_at IS NOT NULL) || ' ' || applied_by, ', ' ORDER BY version) FROM "
      "dsql_migrate.revisions");
}

inline const Files kBaselineFiles = {
    {"1_a.sql", "CREATE TABLE a (n bigint);\nINSERT INTO a VALUES (1);"},
    {"2_b.sql", "CREATE TABLE b (n bigint);"},
    {"3_c.sql", "CREATE TABLE c (n bigint);"}};

// Marks 1 and 2 where their tables are, and applies 3.
inline void mark_and_go_on(Target& target) {
  target.run("CREATE TABLE a (n bigint)");
  target.run("CREATE TABLE b (n bigint)");
  const auto report = target.baseline(kBaselineFiles, "2");
  ASSERT_EQ(report.status, Status::kAdopted) << reason_of(report);
  EXPECT_EQ(report.adopted->marked, 2);
  EXPECT_EQ(report.current_version, "2");
  EXPECT_EQ(shown_pending(report), "3:0/1");
  EXPECT_EQ(ledger_rows(target),
            "1 baseline 2/2 true test, 2 baseline 1/1 true test, start:2 start 0/0 true test");
  const auto again = target.baseline(kBaselineFiles, "2");
  EXPECT_EQ(again.status, Status::kUpToDate) << reason_of(again);
  EXPECT_EQ(again.adopted->marked, 0);
  const auto later = target.apply(kBaselineFiles);
  ASSERT_EQ(later.status, Status::kApplied) << reason_of(later);
  EXPECT_EQ(shown(later.migrations), "3:1/1");
  EXPECT_EQ(target.ask("SELECT count(*) FROM a"), "0");
}

// A file that turns up below the baseline is no part of it, also where others run out of order.
inline void pass_over_what_comes_later(Target& target) {
  target.options.selection.out_of_order = OutOfOrder::kApply;
  ASSERT_EQ(target.baseline({kBaselineFiles[1]}, "2").status, Status::kAdopted);
  ASSERT_EQ(target.apply(kBaselineFiles).status, Status::kApplied);
  EXPECT_EQ(target.ask("SELECT count(*) FROM pg_tables WHERE tablename = 'a'"), "0");
  EXPECT_EQ(target.baseline(kBaselineFiles, "2").status, Status::kUpToDate);
  PgDatabase database(target.settings());
  auto source = make_directory(kBaselineFiles);
  const auto shown = info(database, source, {}, target.fresh_options(), {});
  EXPECT_EQ(shown.status, Status::kUpToDate);
  EXPECT_EQ(shown.info->migrations.at(0).state, "Below Baseline");
  EXPECT_EQ(shown.info->migrations.at(1).state, "Baseline");
  EXPECT_EQ(reason_of(target.repair(kBaselineFiles, {"1", 1})),
            "version 1 is not in the ledger: the database began at version 2, and nothing up to "
            "there is run");
}

// The ledger says what it was called, and which bytes it had.
inline void tell_a_file_that_was_renamed(Target& target) {
  const auto& text = kBaselineFiles[1].second;
  ASSERT_EQ(target.baseline({{"2_b.sql", text}}, "2").status, Status::kAdopted);
  const Files renamed = {{"2_other.sql", text}, kBaselineFiles[2]};
  const auto names = [](const RunReport& report) {
    std::string shown;
    for (const auto& problem : report.problems) {
      shown +=
          problem.file + " " + problem.message + (problem.severity == Severity::kError ? "!" : "");
    }
    return shown;
  };
  const std::string told =
      "2_other.sql version 2 was applied as \"b\", and the file is called \"other\"";
  const auto planned = target.plan(renamed);
  EXPECT_EQ(planned.status, Status::kPlanned) << reason_of(planned);
  EXPECT_EQ(names(planned), told);
  PgDatabase database(target.settings());
  auto source = make_directory(renamed);
  const auto valid = validate(database, source, target.fresh_options(), {});
  EXPECT_EQ(valid.status, Status::kValid) << reason_of(valid);
  EXPECT_EQ(names(valid), told);
  EXPECT_EQ(names(info(database, source, {}, target.fresh_options(), {})), told);
  ASSERT_EQ(target.apply(renamed).status, Status::kApplied);
  EXPECT_EQ(names(target.apply(renamed)), told) << "until it is accepted";
  const auto accepted = target.repair(renamed, {"", 0, RepairRequest::Outcome::kChecksum});
  EXPECT_EQ(accepted.status, Status::kRepaired) << reason_of(accepted);
  EXPECT_EQ(names(target.apply(renamed)), "");
}

// With its undo file what was marked can be taken back, and is pending then.
inline void take_back_what_was_marked(Target& target) {
  Files files = {kBaselineFiles[0], kBaselineFiles[1], {"2_b.down.sql", "DROP TABLE b;"}};
  target.run("CREATE TABLE a (n bigint)");
  target.run("CREATE TABLE b (n bigint)");
  ASSERT_EQ(target.baseline(files, "2").status, Status::kAdopted);
  const auto undone = target.undo(files, "1");
  ASSERT_EQ(undone.status, Status::kUndone) << reason_of(undone);
  EXPECT_EQ(undone.current_version + " " + undone.target_version, "1 1");
  EXPECT_EQ(target.status(files).current_version, "1");
  const auto again = target.apply(files);
  ASSERT_EQ(again.status, Status::kApplied) << reason_of(again);
  EXPECT_EQ(shown(again.migrations), "2:1/1");
}

}  // namespace engine
