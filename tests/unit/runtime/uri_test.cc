#include "runtime/uri.h"

#include <gtest/gtest.h>

#include "runtime/error.h"

namespace {

using namespace runtime;

TEST(Uri, encodes_every_byte_but_the_unreserved_ones) {
  EXPECT_EQ(uri_encode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(uri_encode(" +/=&%?#"), "%20%2B%2F%3D%26%25%3F%23");
  EXPECT_EQ(uri_encode("é\x01"), "%C3%A9%01");
}

TEST(Uri, path_form_keeps_slashes_and_dots_as_they_are) {
  EXPECT_EQ(uri_encode_path("a//b/../c d"), "a//b/../c%20d");
}

TEST(Uri, form_decoding_takes_plus_for_a_space) {
  EXPECT_EQ(form_decode("a+b%2Bc%C3%A9"), "a b+cé");
  EXPECT_EQ(form_decode(""), "");
}

TEST(Uri, form_decoding_refuses_a_broken_escape) {
  EXPECT_EQ(form_decode("100%"), std::nullopt);
  EXPECT_EQ(form_decode("%2"), std::nullopt);
  EXPECT_EQ(form_decode("%zz"), std::nullopt);
}

TEST(Uri, splits_a_url_without_touching_path_or_query) {
  const Url url = split_url("https://Host.Example:8443/a/../b%20c?x=1&y=%2F");
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.host, "host.example");
  EXPECT_EQ(url.port, "8443");
  EXPECT_EQ(url.path, "/a/../b%20c");
  EXPECT_EQ(url.query, "x=1&y=%2F");
}

TEST(Uri, a_url_without_path_has_the_root) {
  EXPECT_EQ(split_url("https://h").path, "/");
  EXPECT_EQ(split_url("https://h?q").path, "/");
  EXPECT_EQ(split_url("https://h?q").query, "q");
}

TEST(Uri, host_header_leaves_out_only_the_default_port) {
  EXPECT_EQ(host_header(split_url("https://h:443/")), "h");
  EXPECT_EQ(host_header(split_url("http://h:80/")), "h");
  EXPECT_EQ(host_header(split_url("http://h:443/")), "h:443");
  EXPECT_EQ(host_header(split_url("http://[::1]:5000/")), "[::1]:5000");
  EXPECT_EQ(host_header(split_url("http://[::1]/")), "[::1]");
}

TEST(Uri, unusable_urls_are_refused_without_repeating_them) {
  for (const char* text : {"", "h/path", "ftp://h/", "https://", "https:///secret", "http://h:x/",
                           "http://h:/", "http://user:secret@h/", "http://h/#secret"}) {
    try {
      split_url(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kConfiguration);
      EXPECT_EQ(std::string(error.what()).find("secret"), std::string::npos);
    }
  }
}

}  // namespace
