#include "runtime/time_text.h"

#include <charconv>
#include <cstdio>

namespace runtime {
namespace {

using std::chrono::system_clock;

// Reads exactly `digits` digits at `at`; -1 when there is anything else.
int read_number(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return -1;
  int value = 0;
  const char* begin = text.data() + at;
  const auto [end, error] = std::from_chars(begin, begin + digits, value);
  return error == std::errc{} && end == begin + digits ? value : -1;
}

std::optional<system_clock::time_point> make_time(int year, int month, int day,
                                                  std::string_view clock) {
  const int hour = read_number(clock, 0, 2);
  const int minute = read_number(clock, 3, 2);
  const int second = read_number(clock, 6, 2);
  if (year < 0 || month < 1 || day < 1 || hour < 0 || minute < 0 || second < 0) return {};
  if (hour > 23 || minute > 59 || second > 60 || clock[2] != ':' || clock[5] != ':') return {};
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return {};
  return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second};
}

}  // namespace

std::string format_amz_date(system_clock::time_point time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{seconds - day};
  char text[40];
  std::snprintf(text, sizeof text, "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

std::optional<system_clock::time_point> parse_iso8601(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T') return {};
  std::string_view rest = text.substr(19);
  if (rest.front() == '.') {
    const std::size_t end = rest.find_first_not_of("0123456789", 1);
    rest = rest.substr(end == std::string_view::npos ? rest.size() : end);
  }
  if (rest != "Z") return {};
  return make_time(read_number(text, 0, 4), read_number(text, 5, 2), read_number(text, 8, 2),
                   text.substr(11, 8));
}

std::optional<system_clock::time_point> parse_http_date(std::string_view text) {
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != 29 || text.substr(25) != " GMT") return {};
  const std::size_t month = kMonths.find(text.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) return {};
  return make_time(read_number(text, 12, 4), static_cast<int>(month / 3) + 1,
                   read_number(text, 5, 2), text.substr(17, 8));
}

}  // namespace runtime
