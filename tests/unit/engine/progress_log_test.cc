#include "engine/progress_log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_database.h"

namespace engine {
namespace {

using std::chrono::seconds;

// The lines at INFO of a run over `files` files, each of which takes `each`.
std::vector<std::string> tell(std::size_t files, seconds each) {
  FakeServer server;
  FakeDatabase database(server);
  FakeClock time(server);
  const auto clock = time.clock();
  std::vector<std::string> lines;
  const Observer observer = [&](const Event& event) {
    if (event.level != Event::Level::kInfo) return;
    lines.push_back(event.message + ' ' + event.fields.front().second);
  };
  const Session session(database, clock, observer, Deadline::max());
  ProgressLog progress(session);
  progress.begin(files);
  for (std::size_t i = 1; i <= files; ++i) {
    time.pass(each);
    MigrationResult result;
    result.version = 'v' + std::to_string(i);
    progress.add(result);
    progress.go_on(i);
  }
  return lines;
}

TEST(ProgressLog, few_files_are_told_one_by_one) {
  const std::vector<std::string> lines = {"migration applied v1", "migration applied v2"};
  EXPECT_EQ(tell(2, seconds{1}), lines);
}

TEST(ProgressLog, of_many_files_it_tells_how_many_are_done_every_ten_seconds) {
  const std::vector<std::string> lines = {"migrations under way 10", "migrations under way 20"};
  EXPECT_EQ(tell(25, seconds{1}), lines);
}

TEST(ProgressLog, many_files_that_are_quick_are_not_told_at_all) {
  EXPECT_EQ(tell(500, seconds{0}), std::vector<std::string>{});
}

}  // namespace
}  // namespace engine
