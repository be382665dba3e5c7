#include "engine/ledger.h"

#include <gtest/gtest.h>

#include "engine/error.h"
#include "engine/ledger_sql.h"
#include "engine/lock.h"
#include "tests/support/fake_clock.h"

namespace engine {
namespace {

using namespace std::chrono_literals;
using Moment = FakeServer::Moment;

class LedgerTest : public testing::Test {
 protected:
  LedgerTest() { session_.connect(); }

  void prepare() {
    ledger_.ensure();
    lock_.acquire(0s);
    Revision revision;
    revision.version = "7";
    revision.total = 3;
    revision.in_doubt = 1;
    ledger_.put(lock_, revision);
  }
  static StatementRecord record(int from, int applied) {
    return {"7", from, applied, 0, {"2:abc"}, 12, applied == 3};
  }
  // Of statement from + 1, and not yet all of it.
  static StatementRecord part(int from, long long progress_from, long long progress) {
    auto part = record(from, from);
    part.progress_from = progress_from;
    part.progress = progress;
    return part;
  }
  const Revision& row() { return server_.state.revisions.at("7"); }

  // Throws `kind` around the `count`th time that a statement starts with `start`.
  void fail_at(Moment when, const std::string& start, int count, ErrorKind kind) {
    seen_ = 0;
    server_.hook = [=, this](Moment moment, std::string_view sql) {
      if (moment != when || !sql.starts_with(start) || ++seen_ != count) return;
      throw Error(kind, "fault");
    };
  }

  int seen_ = 0;
  FakeServer server_;
  FakeClock time_{server_};
  Clock clock_ = time_.clock();
  Observer observer_;
  FakeDatabase database_{server_};
  Session session_{database_, clock_, observer_, time_.now() + 10min};
  Ledger ledger_{session_, "dsql_migrate"};
  Lock lock_{session_, {"dsql_migrate", "me", 60s, Dialect::kDsql}};
};

TEST_F(LedgerTest, missing_ledger_is_empty_and_reading_creates_nothing) {
  const auto state = ledger_.read();
  EXPECT_FALSE(state.exists);
  EXPECT_TRUE(state.revisions.empty());
  EXPECT_TRUE(server_.state.relations.empty());
}

TEST_F(LedgerTest, what_is_there_already_is_not_created_again) {
  server_.state.relations = {"schema \"dsql_migrate\"", "\"dsql_migrate\".revisions"};
  ledger_.ensure();
  int creates = 0;
  for (const auto& sql : database_.sent) creates += sql.starts_with("CREATE") ? 1 : 0;
  EXPECT_EQ(creates, 1);
  EXPECT_TRUE(ledger_.read().exists);
  EXPECT_TRUE(ledger_.read().lock.has_value());
}

TEST_F(LedgerTest, creation_goes_on_after_lost_answers_and_conflicts) {
  for (const auto kind : {ErrorKind::kConnectionLost, ErrorKind::kConflict}) {
    for (const auto moment : {Moment::kBefore, Moment::kAfter}) {
      for (int count = 1; count <= 3; ++count) {
        server_.state = {};
        fail_at(moment, "CREATE", count, kind);
        ledger_.ensure();
        EXPECT_TRUE(ledger_.read().exists);
      }
    }
  }
}

TEST_F(LedgerTest, record_moves_the_row_by_one_statement) {
  prepare();
  ledger_.record(lock_, record(0, 1));
  EXPECT_EQ(row().applied, 1);
  EXPECT_EQ(row().in_doubt, 0);
  EXPECT_EQ(row().job_ids, std::vector<std::string>{"2:abc"});
  EXPECT_EQ(row().finished_at, "");
  EXPECT_TRUE(ledger_.has(record(0, 1)));
  EXPECT_FALSE(ledger_.has(record(1, 2)));
}

TEST_F(LedgerTest, record_lands_once_whatever_happens_to_its_messages) {
  for (const auto kind :
       {ErrorKind::kConnectionLost, ErrorKind::kConflict, ErrorKind::kUnavailable}) {
    for (const auto moment : {Moment::kBefore, Moment::kAfter}) {
      for (const char* start : {"BEGIN", "UPDATE \"dsql_migrate\".lock",
                                "UPDATE \"dsql_migrate\".revisions", "COMMIT"}) {
        // An answered conflict means that nothing was committed.
        if (kind == ErrorKind::kConflict && moment == Moment::kAfter) continue;
        server_.state = {};
        prepare();
        ledger_.record(lock_, record(0, 1));
        fail_at(moment, start, 1, kind);
        ledger_.record(lock_, record(1, 2));
        server_.hook = {};
        EXPECT_EQ(row().applied, 2) << start;
      }
    }
  }
}

TEST_F(LedgerTest, record_out_of_turn_is_refused) {
  prepare();
  try {
    ledger_.record(lock_, record(1, 2));
    FAIL() << "recorded";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "the ledger's row of version 7 is not at statement 1");
  }
  EXPECT_EQ(row().applied, 0);
}

TEST_F(LedgerTest, part_of_a_statement_lands_once_whatever_happens_to_its_messages) {
  for (const auto kind : {ErrorKind::kConnectionLost, ErrorKind::kUnavailable}) {
    for (const auto moment : {Moment::kBefore, Moment::kAfter}) {
      server_.state = {};
      prepare();
      ledger_.record(lock_, part(0, 0, 3));
      fail_at(moment, "COMMIT", 1, kind);
      ledger_.record(lock_, part(0, 3, 4));
      server_.hook = {};
      EXPECT_EQ(row().applied, 0);
      EXPECT_EQ(row().progress, 4);
    }
  }
}

TEST_F(LedgerTest, part_out_of_turn_is_refused) {
  prepare();
  ledger_.record(lock_, part(0, 0, 3));
  EXPECT_THROW(ledger_.record(lock_, part(0, 4, 5)), Error);
  EXPECT_THROW(ledger_.record(lock_, record(0, 1)), Error);  // knows of no part
  EXPECT_EQ(row().progress, 3);
  EXPECT_TRUE(ledger_.has(part(0, 2, 3)));
  EXPECT_FALSE(ledger_.has(part(0, 3, 4)));
}

TEST_F(LedgerTest, statement_done_leaves_no_part_of_the_next) {
  prepare();
  ledger_.record(lock_, part(0, 0, 3));
  auto done = record(0, 1);
  done.progress_from = 3;
  ledger_.record(lock_, done);
  EXPECT_EQ(row().applied, 1);
  EXPECT_EQ(row().progress, 0);
  EXPECT_TRUE(ledger_.has(part(0, 3, 4)));
}

TEST_F(LedgerTest, whole_row_never_takes_back_a_part) {
  prepare();
  const Revision stale = row();
  ledger_.record(lock_, part(0, 0, 3));
  ledger_.put(lock_, stale);
  EXPECT_EQ(row().progress, 3);
  auto done = record(0, 1);
  done.progress_from = 3;
  ledger_.record(lock_, done);
  auto late = stale;
  late.progress = 3;
  ledger_.put(lock_, late);
  EXPECT_EQ(row().progress, 0);
}

TEST_F(LedgerTest, writes_of_an_owner_without_the_lease_do_not_land) {
  prepare();
  server_.state.lock->fencing = 9;
  for (const bool put : {true, false}) {
    try {
      if (put) {
        ledger_.put(lock_, row());
      } else {
        ledger_.record(lock_, record(0, 1));
      }
      FAIL() << "written";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kLeaseLost);
    }
  }
  EXPECT_EQ(row().applied, 0);
  EXPECT_EQ(database_.sent.back(), "ROLLBACK");
}

TEST_F(LedgerTest, whole_row_never_takes_back_what_was_recorded) {
  prepare();
  ledger_.record(lock_, record(0, 1));
  Revision stale = row();
  stale.applied = 0;
  stale.error = "no answer";
  ledger_.put(lock_, stale);
  EXPECT_EQ(row().applied, 1);
  EXPECT_EQ(row().error, "no answer");
}

TEST_F(LedgerTest, rows_are_read_in_version_order_with_times_in_utc) {
  prepare();
  for (const char* version : {"10", "9"}) server_.state.revisions[version].version = version;
  server_.state.revisions["7"].started_at = "1795230245.678901";
  const auto state = ledger_.read();
  ASSERT_EQ(state.revisions.size(), 3u);
  EXPECT_EQ(state.revisions[0].started_at, "2026-11-21T03:04:05.678Z");
  EXPECT_EQ(state.revisions[0].finished_at, "");
  EXPECT_EQ(state.revisions[1].version, "9");
  EXPECT_EQ(state.revisions[2].version, "10");
  EXPECT_TRUE(state.lock->held);
  EXPECT_EQ(state.lock->owner, "me");
}

TEST_F(LedgerTest, schema_name_is_quoted_and_checked) {
  EXPECT_EQ(make_create_part("a\"b", 0).sql, "CREATE SCHEMA \"a\"\"b\"");
  EXPECT_THROW(Ledger(session_, ""), Error);
  EXPECT_THROW(Ledger(session_, std::string(64, 'x')), Error);
}

}  // namespace
}  // namespace engine
