#include "engine/foreign_split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "engine/lexer.h"

namespace engine {
namespace {

using Texts = std::vector<std::string>;

Migration parse(const std::string& bytes) {
  std::vector<Problem> problems;
  auto file = parse_migration({"1_x.sql", bytes, "", "", ""}, {MigrationKind::kVersioned, "1", "x"},
                              problems);
  EXPECT_TRUE(problems.empty());
  return file;
}

Texts atlas_texts(const std::string& bytes) {
  const auto pieces = cut_as_atlas(bytes);
  if (!pieces) return {"error"};
  Texts texts;
  for (const auto& piece : *pieces) texts.push_back(piece.text);
  return texts;
}

// What aurora sends of a piece: lines that are comments are taken away, wherever they are.
std::size_t count_sent_by_aurora(const std::string& bytes) {
  static const std::regex comments("^\\s*--[^\\n]*$", std::regex::multiline);
  const auto pieces = cut_as_aurora(bytes);
  return static_cast<std::size_t>(
      std::count_if(pieces.begin(), pieces.end(), [](const ForeignPiece& piece) {
        const auto sent = std::regex_replace(piece.text, comments, "");
        return std::any_of(sent.begin(), sent.end(),
                           [](unsigned char c) { return c != ';' && !std::isspace(c); });
      }));
}

std::size_t count_of_atlas(const std::string& bytes) {
  const auto texts = atlas_texts(bytes);
  return static_cast<std::size_t>(
      std::count_if(texts.begin(), texts.end(), [](const auto& text) { return text != ";"; }));
}

// tests/data/peers/splitting.json: inputs, how many statements each tool makes of them, and how
// many there are.
TEST(PeersSplitting, every_input_is_split_right_here_and_as_recorded_by_the_two_that_are_copied) {
  std::ifstream in(PEERS_SPLITTING);
  const auto cases = nlohmann::json::parse(in);
  ASSERT_GE(cases.size(), 34u);
  for (const auto& c : cases) {
    const auto input = c["input"].get<std::string>();
    const auto split = split_statements(input);
    if (c["want"] == "error") {
      EXPECT_FALSE(split.errors.empty()) << c;
    } else if (!c.contains("refused")) {
      EXPECT_TRUE(split.errors.empty()) << c;
      EXPECT_EQ(split.statements.size(), c["want"]) << c;
    } else {
      ASSERT_FALSE(split.errors.empty()) << c;
      EXPECT_EQ(split.errors[0].code, c["refused"]) << c;
    }
    const auto recorded = [&](const char* tool) {
      const auto& answer = c["peers"][tool];
      if (answer == "right") return std::to_string(c["want"].get<int>());
      return answer.is_number() ? std::to_string(answer.get<int>()) : answer.get<std::string>();
    };
    const auto aurora = recorded("aurora");
    EXPECT_EQ(std::to_string(count_sent_by_aurora(input)), aurora.substr(0, aurora.find(' '))) << c;
    const auto atlas = recorded("atlas");
    EXPECT_EQ(
        atlas_texts(input) == Texts{"error"} ? "error" : std::to_string(count_of_atlas(input)),
        atlas)
        << c;
  }
}

// facts of ariga/atlas a5e0aec, found by running it.
TEST(AtlasSplit, mistakes_are_reproduced) {
  EXPECT_EQ(atlas_texts("SELECT E'it\\'s; x';\nSELECT 2;\n"), Texts{"error"});
  EXPECT_EQ(atlas_texts("SELECT a$b$ FROM t; SELECT c$b$ FROM t;").size(), 1u);
  EXPECT_EQ(atlas_texts("/* a /* b; */ c; */ SELECT 1;"), (Texts{"c;", "*/ SELECT 1;"}));
  EXPECT_EQ(atlas_texts("SELECT 1; -- done; ok"), (Texts{"SELECT 1;", "-- done;", "ok"}));
  EXPECT_EQ(atlas_texts("BEGIN;\nSELECT 1;\nEND;"), (Texts{"BEGIN;", "SELECT 1;", "END;"}));
  EXPECT_EQ(atlas_texts("BEGIN ;\nSELECT 1;\nEND;").size(), 1u);
  EXPECT_EQ(atlas_texts(";;"), (Texts{";", ";"}));
  EXPECT_EQ(atlas_texts("-- a comment\n\nSELECT 1;\n-- b\nSELECT 2\n"),
            (Texts{"SELECT 1;", "SELECT 2"}));
  EXPECT_EQ(
      atlas_texts("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END;\nSELECT 3;").size(),
      2u);
  EXPECT_EQ(atlas_texts("-- atlas:delimiter \\n\\n\nSELECT 1;\nSELECT 2;\n\nSELECT 3;\n"),
            (Texts{"SELECT 1;\nSELECT 2;", "SELECT 3;"}));
}

// All found by `make peers`, which asks Atlas itself.
TEST(AtlasSplit, delimiter_is_what_atlas_takes_for_one) {
  EXPECT_EQ(atlas_texts("DELIMITER //\nSELECT 1;//\ndelimiter ;\nSELECT 2;"),
            (Texts{"SELECT 1;", "SELECT 2;"}));
  EXPECT_EQ(atlas_texts("DELIMITER ';'';'\nSELECT 1;';\nSELECT 2"),
            (Texts{"SELECT 1", "SELECT 2"}));
  EXPECT_EQ(atlas_texts("delimiter ''\nSELECT 1"), Texts{"error"});
  EXPECT_EQ(atlas_texts("-- atlas:delimiter // \nSELECT 1//SELECT 2// SELECT 3"),
            (Texts{"SELECT 1//SELECT 2", "SELECT 3"}));
  EXPECT_EQ(atlas_texts("-- atlas:delimiter\nSELECT 1"), Texts{"error"});
  EXPECT_EQ(atlas_texts("-- atlas:delimiter //"), Texts{"error"});
}

TEST(AtlasSplit, white_space_is_unicodes_around_a_statement_and_ascii_behind_begin) {
  EXPECT_EQ(atlas_texts("\u00a0SELECT 1;\u2003\u0085SELECT 2 \u3000"),
            (Texts{"SELECT 1;", "SELECT 2"}));
  EXPECT_EQ(atlas_texts("BEGIN\v;SELECT 1;END;"), (Texts{"BEGIN\v;", "SELECT 1;", "END;"}));
}

TEST(AtlasSplit, nested_blocks_without_an_end_are_given_up) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "BEGIN x ";
  EXPECT_EQ(atlas_texts(text), Texts{"error"});
}

ForeignRow begun(int applied, int total, Texts hashes = {}) {
  ForeignRow row;
  row.applied = applied;
  row.total = total;
  row.partial_hashes = std::move(hashes);
  return row;
}

std::string cut(ForeignTool tool, const ForeignRow& row, const std::string& bytes) {
  const auto found = find_cut(tool, row, parse(bytes), bytes);
  return found.fault.empty() ? std::to_string(found.applied) : found.fault;
}

TEST(ForeignCut, auroras_pieces_are_counted_in_statements) {
  const std::string text =
      "-- don't; keep\nCREATE TABLE a (n int);\nINSERT INTO a VALUES (1); -- x; y\nSELECT 3;\n";
  const auto at = [&](int pieces) { return cut(ForeignTool::kAurora, begun(pieces, 6), text); };
  EXPECT_EQ(at(0), "0");
  EXPECT_EQ(at(1), "0") << "the end of a comment";
  EXPECT_EQ(at(2), "1");
  EXPECT_EQ(at(3), "2");
  EXPECT_EQ(at(4), "2") << "the end of another comment";
  EXPECT_EQ(at(5), "3");
  EXPECT_EQ(at(7), "the file has become shorter than what is applied of it");
}

TEST(ForeignCut, within_a_statement_is_refused_with_its_place) {
  EXPECT_EQ(cut(ForeignTool::kAurora, begun(2, 4), "SELECT 1;\nSELECT 'a;b';\nSELECT 2;"),
            "what is applied ends within a statement, at line 2, column 11");
}

TEST(ForeignCut, byte_order_mark_counts_for_neither) {
  EXPECT_EQ(cut(ForeignTool::kAurora, begun(1, 3), "\xef\xbb\xbfSELECT 1;SELECT 2;"), "1");
}

// ariga/atlas, sql/migrate: base64 of the running SHA-256.
const Texts kHashes = {"h1:Fo9K92y+zoKkGFxsVzZuB4g8bkFV8lzihVkBjZlDO4E=",
                       "h1:rnHt1BzJVU5XttsYgJBtT6tG/xmWXMmX5k3tJw59aeo="};

TEST(ForeignCut, atlas_partial_hashes_have_to_be_those_of_its_statements) {
  const std::string text =
      "-- first\n\nCREATE TABLE a (id int);\nCREATE TABLE b (id int);\nSELECT 3;\n";
  EXPECT_EQ(cut(ForeignTool::kAtlas, begun(2, 3, kHashes), text), "2");
  EXPECT_EQ(cut(ForeignTool::kAtlas, begun(1, 3, {kHashes[0]}), text), "1");
  EXPECT_EQ(cut(ForeignTool::kAtlas, begun(2, 3, {kHashes[0], kHashes[0]}), text),
            "statement 2, as Atlas cuts the file, is not the one it has applied");
  EXPECT_EQ(cut(ForeignTool::kAtlas, begun(2, 3, {kHashes[0]}), text),
            "statement 2, as Atlas cuts the file, is not the one it has applied");
  EXPECT_EQ(cut(ForeignTool::kAtlas, begun(1, 2, {kHashes[0]}), "SELECT E'it\\'s';"),
            "Atlas does not understand the file as it is");
}

}  // namespace
}  // namespace engine
