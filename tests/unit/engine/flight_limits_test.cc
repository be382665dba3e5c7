// What bounds a flight: statements, bytes, and half of the time left.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "engine/flight.h"
#include "engine/migrator.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_source.h"

namespace engine {
namespace {

using namespace std::chrono_literals;

// "CREATE TABLE t<n>" in a file each, with `filling` bytes of comment in it.
FakeSource make_tables(int count, std::size_t filling = 0) {
  std::vector<SourceFile> files;
  for (int i = 0; i < count; ++i) {
    const auto n = std::to_string(100 + i);
    files.push_back({n + "_t.sql",
                     "CREATE TABLE t" + n + " /*" + std::string(filling, 'x') + "*/ (n bigint);",
                     "", ""});
  }
  return FakeSource(files);
}

// How many statements each flight had, and how many were on their way when it went out.
class CountingDatabase final : public Database {
 public:
  explicit CountingDatabase(FakeServer& server) : database_(server) {}

  void connect(Deadline deadline) override { database_.connect(deadline); }
  ResultSet execute(std::string_view sql, std::span<const Value> parameters,
                    Deadline deadline) override {
    return database_.execute(sql, parameters, deadline);
  }
  void launch(std::span<const Query> queries, Deadline deadline) override {
    const auto count = std::count_if(queries.begin(), queries.end(), [](const Query& query) {
      return query.sql.starts_with("CREATE TABLE t");
    });
    if (count > 0) flights.push_back(static_cast<int>(count));
    if (count > 0) on_their_way.push_back(launched_);
    launched_ += count;
    sizes_.push_back(count);
    database_.launch(queries, deadline);
  }
  std::vector<Outcome> land(Deadline deadline) override {
    launched_ -= sizes_.front();
    sizes_.pop_front();
    return database_.land(deadline);
  }
  bool is_connected() const override { return database_.is_connected(); }
  void close() noexcept override { database_.close(); }
  std::string server_version() const override { return database_.server_version(); }
  int round_trips() const override { return database_.round_trips(); }

  std::vector<int> flights;
  std::vector<long> on_their_way;

 private:
  long launched_ = 0;
  std::deque<long> sizes_;
  FakeDatabase database_;
};

class FlightLimitsTest : public testing::Test {
 protected:
  FlightLimitsTest() {
    options_.owner = "me";
    options_.clock = time_.clock();
    options_.deadline = time_.now() + 10min;
  }

  RunReport apply(FakeSource files) {
    CountingDatabase database(server_);
    auto report = engine::apply(database, files, options_, {});
    flights_ = database.flights;
    on_their_way_ = database.on_their_way;
    return report;
  }

  FakeServer server_;
  FakeClock time_{server_};
  RunOptions options_;
  std::vector<int> flights_;
  std::vector<long> on_their_way_;
};

TEST_F(FlightLimitsTest, statements) {
  options_.flight = 7;
  EXPECT_EQ(apply(make_tables(20)).status, Status::kApplied);
  EXPECT_EQ(flights_, (std::vector{4, 3, 4, 3, 4, 2}));
}

// Of many files, of one, and of files that are a transaction each.
TEST_F(FlightLimitsTest, half_is_sent_while_half_is_on_its_way) {
  std::string all;
  for (int i = 0; i < 20; ++i) all += "CREATE TABLE t" + std::to_string(100 + i) + " (n bigint);\n";
  for (const auto dialect : {Dialect::kDsql, Dialect::kPostgres}) {
    for (const bool one : {false, true}) {
      if (one && dialect == Dialect::kPostgres) continue;
      server_ = FakeServer();
      server_.plain = dialect == Dialect::kPostgres;
      options_.dialect = dialect;
      options_.flight = 8;
      const auto report = apply(one ? FakeSource({{"1_t.sql", all, "", ""}}) : make_tables(20));
      EXPECT_EQ(report.status, Status::kApplied);
      EXPECT_EQ(report.statements_applied, 20);
      EXPECT_EQ(flights_, (std::vector{4, 4, 4, 4, 4}));
      EXPECT_EQ(on_their_way_, (std::vector<long>{0, 4, 4, 4, 4}));
    }
  }
}

// What is behind the flight that has landed is read while the next is on its way.
TEST_F(FlightLimitsTest, file_that_cannot_be_read_waits_for_what_is_on_its_way) {
  options_.flight = 4;
  auto files = make_tables(12);
  int reads = 0;  // the first time to look at it, the second to run it
  files.before_read = [&](SourceFile& file) {
    if (file.name == "107_t.sql" && ++reads == 2) throw Error(ErrorKind::kSource, "gone");
  };
  CountingDatabase database(server_);
  const auto report = engine::apply(database, files, options_, {});
  ASSERT_EQ(report.status, Status::kFailed);
  EXPECT_EQ(report.failure->version, "107");
  EXPECT_EQ(report.statements_applied, static_cast<int>(server_.state.effects.size()));
  EXPECT_GT(report.statements_applied, 2);
  EXPECT_EQ(database.on_their_way.back(), 2);
  EXPECT_EQ(apply(make_tables(12)).status, Status::kApplied);
  EXPECT_EQ(server_.state.effects.size(), 12u);
}

// Not what has to be looked at before it is sent, or waits for a job that is on its way.
TEST_F(FlightLimitsTest, nothing_is_sent_behind_what_has_to_be_waited_for) {
  options_.flight = 8;
  const FakeSource files({{"1_t.sql",
                           "CREATE TABLE t1 (n bigint);\nCREATE TABLE t2 (n bigint);\n"
                           "CREATE TABLE t3 (n bigint);\nCREATE INDEX i ON t3 (n);\n"
                           "ALTER TABLE t3 ADD COLUMN m text;\nCREATE TABLE t4 (n bigint);",
                           "", ""}});
  EXPECT_EQ(apply(files).status, Status::kApplied);
  EXPECT_EQ(flights_, (std::vector{3, 1}));
  EXPECT_EQ(on_their_way_, (std::vector<long>{0, 0}));
}

TEST_F(FlightLimitsTest, bytes) {
  EXPECT_EQ(apply(make_tables(10, 300'000)).status, Status::kApplied);
  EXPECT_EQ(flights_, (std::vector{2, 1, 2, 1, 2, 1, 1}));
}

TEST_F(FlightLimitsTest, statement_that_is_larger_than_a_flight_goes_by_itself) {
  EXPECT_EQ(apply(make_tables(3, 2'000'000)).status, Status::kApplied);
  EXPECT_EQ(flights_, (std::vector{1, 1, 1}));
}

// Each takes 10 s: what is on its way may take as much as half of what is left.
TEST_F(FlightLimitsTest, half_of_the_time_left) {
  options_.flight = 10;
  options_.reserve = 10s;
  options_.deadline = time_.now() + 10s + 260s;
  server_.hook = [&](FakeServer::Moment moment, std::string_view sql) {
    const bool table = sql.starts_with("CREATE TABLE t");
    if (table && moment == FakeServer::Moment::kBefore) time_.pass(10s);
  };
  EXPECT_EQ(apply(make_tables(40)).status, Status::kContinue);
  EXPECT_EQ(flights_, (std::vector{5, 5, 5, 3, 2, 2, 1, 1, 1, 1}));
}

}  // namespace
}  // namespace engine
