#include "handler/url.h"

#include <gtest/gtest.h>

namespace handler {
namespace {

TEST(UrlTest, takes_all_parts_apart_and_decodes_them) {
  const auto url =
      parse_url("Postgres://app%40x:p%3Aw@DB.Example.com:6432/a%20b?sslmode=disable&x=%2F&flag");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "postgres");
  EXPECT_EQ(url->user, "app@x");
  EXPECT_EQ(url->password, "p:w");
  EXPECT_EQ(url->host, "db.example.com");
  EXPECT_EQ(url->port, 6432);
  EXPECT_EQ(url->path, "/a b");
  const std::vector<std::pair<std::string, std::string>> query = {
      {"sslmode", "disable"}, {"x", "/"}, {"flag", ""}};
  EXPECT_EQ(url->query, query);
}

TEST(UrlTest, knows_bracketed_ipv6_hosts) {
  const auto url = parse_url("postgres://u@[::1]:5433/db");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, 5433);
}

TEST(UrlTest, the_host_begins_after_the_last_at_sign) {
  const auto url = parse_url("https://x.amazonaws.com@evil.example/path");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "evil.example");
  EXPECT_EQ(url->user, "x.amazonaws.com");
}

TEST(UrlTest, refuses_what_is_no_url) {
  for (const char* text :
       {"", "nothing", "://x", "s3:/x", "http://h:0/", "http://h:65536/", "http://h:12x/",
        "http://h/%zz", "http://h/%2", "http://a b/", "http://h/\n", "http://[::1/", "h ttp://x"}) {
    EXPECT_FALSE(parse_url(text)) << text;
  }
}

}  // namespace
}  // namespace handler
