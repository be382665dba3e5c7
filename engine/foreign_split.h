// How far a file of which another tool has applied a part is done, in statements of ours. For that
// reading only, each tool's own way of cutting a file is reproduced, with its mistakes. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/directory.h"
#include "engine/foreign_rows.h"

namespace engine {

struct ForeignPiece {
  std::string text;     // as the tool sends, or hashes, it
  std::size_t end = 0;  // the bytes of the file up to here are this piece and those before it
};

// aurora's: strings.SplitAfter(text, ";"), so the last piece, mostly blank, is one too.
std::vector<ForeignPiece> cut_as_aurora(std::string_view bytes);

// Atlas's, of PostgreSQL (foreign_split_atlas.cc). nullopt where Atlas gives up: an unclosed quote
// or bracket by its rules.
std::optional<std::vector<ForeignPiece>> cut_as_atlas(std::string_view bytes);

// The migration's first statements that lie before `offset` of its file; nullopt when it is within
// one.
std::optional<int> count_statements_before(const Migration& file, std::string_view bytes,
                                           std::size_t offset);

// Where a run has to go on; or why that cannot be said.
struct ForeignCut {
  int applied = 0;
  std::string fault;
};
ForeignCut find_cut(ForeignTool tool, const ForeignRow& row, const Migration& file,
                    std::string_view bytes);

}  // namespace engine
