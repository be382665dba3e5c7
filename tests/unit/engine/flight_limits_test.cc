// What bounds a flight: statements, bytes, and half of the time left.
#include <gtest/gtest.h>

#include <algorithm>

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

// How many statements each flight had: what is sent is counted, and what is waited for.
class CountingDatabase final : public Database {
 public:
  explicit CountingDatabase(FakeServer& server) : database_(server) {}

  void connect(Deadline deadline) override { database_.connect(deadline); }
  ResultSet execute(std::string_view sql, std::span<const Value> parameters,
                    Deadline deadline) override {
    return database_.execute(sql, parameters, deadline);
  }
  std::vector<Outcome> execute_all(std::span<const Query> queries, Deadline deadline) override {
    const auto count = std::count_if(queries.begin(), queries.end(), [](const Query& query) {
      return query.sql.starts_with("CREATE TABLE t");
    });
    if (count > 0) flights.push_back(static_cast<int>(count));
    return database_.execute_all(queries, deadline);
  }
  bool is_connected() const override { return database_.is_connected(); }
  void close() noexcept override { database_.close(); }
  std::string server_version() const override { return database_.server_version(); }
  int round_trips() const override { return database_.round_trips(); }

  std::vector<int> flights;

 private:
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
    return report;
  }

  FakeServer server_;
  FakeClock time_{server_};
  RunOptions options_;
  std::vector<int> flights_;
};

TEST_F(FlightLimitsTest, statements) {
  options_.flight = 7;
  EXPECT_EQ(apply(make_tables(20)).status, Status::kApplied);
  EXPECT_EQ(flights_, (std::vector{7, 7, 6}));
}

TEST_F(FlightLimitsTest, bytes) {
  EXPECT_EQ(apply(make_tables(10, 300'000)).status, Status::kApplied);
  EXPECT_EQ(flights_, (std::vector{3, 3, 3, 1}));
}

TEST_F(FlightLimitsTest, statement_that_is_larger_than_a_flight_goes_by_itself) {
  EXPECT_EQ(apply(make_tables(3, 2'000'000)).status, Status::kApplied);
  EXPECT_EQ(flights_, (std::vector{1, 1, 1}));
}

// Each takes 10 s, so that the second flight may take as much as half of what the first has left.
TEST_F(FlightLimitsTest, half_of_the_time_left) {
  options_.flight = 10;
  options_.reserve = 10s;
  options_.deadline = time_.now() + 10s + 260s;
  server_.hook = [&](FakeServer::Moment moment, std::string_view sql) {
    const bool table = sql.starts_with("CREATE TABLE t");
    if (table && moment == FakeServer::Moment::kBefore) time_.pass(10s);
  };
  EXPECT_EQ(apply(make_tables(40)).status, Status::kContinue);
  EXPECT_EQ(flights_, (std::vector{10, 8, 4, 2, 1, 1}));
}

}  // namespace
}  // namespace engine
