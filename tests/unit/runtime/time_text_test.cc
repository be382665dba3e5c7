#include "runtime/time_text.h"

#include <gtest/gtest.h>

namespace {

using namespace runtime;
using std::chrono::seconds;
using std::chrono::system_clock;

// date -u -d '2026-11-21T12:00:00Z' +%s
const system_clock::time_point kNoon{seconds{1795262400}};

TEST(TimeText, amz_date_is_utc_to_the_second) {
  EXPECT_EQ(format_amz_date(kNoon), "20261121T120000Z");
  EXPECT_EQ(format_amz_date(kNoon + std::chrono::milliseconds{999}), "20261121T120000Z");
  EXPECT_EQ(format_amz_date(system_clock::time_point{}), "19700101T000000Z");
}

TEST(TimeText, iso8601_with_and_without_a_fraction) {
  EXPECT_EQ(parse_iso8601("2026-11-21T12:00:00Z"), kNoon);
  EXPECT_EQ(parse_iso8601("2026-11-21T12:00:00.123Z"), kNoon);
}

TEST(TimeText, what_is_not_iso8601_in_utc_is_nothing) {
  for (const char* text :
       {"", "2026-11-21", "2026-11-21T12:00:00", "2026-11-21T12:00:00+01:00",
        "2026-13-21T12:00:00Z", "2026-02-30T12:00:00Z", "2026-11-21T24:00:00Z",
        "2026-11-21T1a:00:00Z", "2026-11-21 12:00:00Z", "2026-11-21T12-00-00Z"}) {
    EXPECT_EQ(parse_iso8601(text), std::nullopt) << text;
  }
}

TEST(TimeText, http_date_of_rfc_9110) {
  EXPECT_EQ(parse_http_date("Sat, 21 Nov 2026 12:00:00 GMT"), kNoon);
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"),
            system_clock::time_point{seconds{784111777}});
}

TEST(TimeText, what_is_not_an_http_date_is_nothing) {
  for (const char* text : {"", "Sat, 21 Nov 2026 12:00:00 UTC", "Sat, 21 ovD 2026 12:00:00 GMT",
                           "Sat, xx Nov 2026 12:00:00 GMT", "2026-11-21T12:00:00Z"}) {
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
  }
}

}  // namespace
