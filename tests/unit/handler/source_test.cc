#include "handler/source.h"

#include <gtest/gtest.h>

#include "handler/request_error.h"

namespace handler {
namespace {

TEST(SourceTest, an_s3_prefix_is_a_folder_with_or_without_its_final_slash) {
  for (const char* text : {"s3://bucket/app/prod/", "s3://bucket/app/prod"}) {
    const auto source = parse_source(text);
    EXPECT_EQ(source.kind, Source::Kind::kS3);
    EXPECT_EQ(source.bucket, "bucket");
    EXPECT_EQ(source.path, "app/prod/");
    EXPECT_EQ(source.to_string(), "s3://bucket/app/prod/");
  }
}

TEST(SourceTest, an_archive_is_named_without_a_final_slash) {
  const auto source = parse_source("s3://bucket/app/7.zip?region=eu-west-1");
  EXPECT_EQ(source.archive, runtime::ArchiveKind::kZip);
  EXPECT_EQ(source.path, "app/7.zip");
  EXPECT_EQ(source.to_string(), "s3://bucket/app/7.zip");
  EXPECT_EQ(parse_source("s3://bucket/7.TAR.GZ").archive, runtime::ArchiveKind::kTarGz);
  EXPECT_EQ(parse_source("file:///var/task/m.tgz").archive, runtime::ArchiveKind::kTarGz);
  EXPECT_EQ(parse_source("s3://bucket/app/7.zip/").archive, std::nullopt);
  EXPECT_EQ(parse_source("s3://bucket/app/7.zip/").path, "app/7.zip/");
  EXPECT_EQ(parse_source("file:///var/task/m.zip/").archive, std::nullopt);
}

TEST(SourceTest, a_whole_bucket_has_an_empty_prefix) {
  EXPECT_EQ(parse_source("s3://bucket").path, "");
  EXPECT_EQ(parse_source("s3://bucket/").path, "");
}

TEST(SourceTest, the_bucket_may_be_in_another_region) {
  EXPECT_EQ(parse_source("s3://bucket/p/?region=eu-west-1").region, "eu-west-1");
}

TEST(SourceTest, a_folder_is_absolute) {
  const auto source = parse_source("file:///var/task/migrations/");
  EXPECT_EQ(source.kind, Source::Kind::kFolder);
  EXPECT_EQ(source.path, "/var/task/migrations/");
  EXPECT_THROW(parse_source("file://migrations/"), RequestError);
}

TEST(SourceTest, anything_else_is_refused_naming_the_field) {
  for (const char* text : {"", "bucket/prefix", "https://bucket.s3.amazonaws.com/", "s3:///prefix",
                           "s3://bucket/p/?versions=1"}) {
    try {
      parse_source(text);
      FAIL() << text;
    } catch (const RequestError& error) {
      EXPECT_EQ(error.field(), "source");
      EXPECT_FALSE(error.hint().empty());
    }
  }
}

TEST(SourceTest, what_may_be_a_secret_is_not_repeated) {
  for (const char* text : {"https://b.s3.amazonaws.com/x?X-Amz-Signature=hunter2",
                           "https://me:hunter2@example.com/", "file://host/x?t=hunter2"}) {
    try {
      parse_source(text);
      FAIL() << text;
    } catch (const RequestError& error) {
      const std::string what = error.what();
      EXPECT_EQ(what.find("hunter2"), std::string::npos) << what;
    }
  }
}

}  // namespace
}  // namespace handler
