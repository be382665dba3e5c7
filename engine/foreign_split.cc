#include "engine/foreign_split.h"

#include <algorithm>

#include "engine/digest.h"
#include "engine/text_place.h"

namespace engine {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// text_place() the other way round; the text's size when it has no such place.
std::size_t find_offset(std::string_view text, const TextPlace& place) {
  TextPlace at;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80;
    if (starts && at == place) return i;
    advance(&at, text, i, i + 1);
  }
  return text.size();
}

std::vector<std::string> hash_pieces(const std::vector<ForeignPiece>& pieces) {
  std::vector<std::string> hashes;
  Sha256 running;
  for (const auto& piece : pieces) {
    running.add(piece.text);
    hashes.push_back("h1:" + running.base64());
  }
  return hashes;
}

std::string explain_changed(int statement) {
  return "statement " + std::to_string(statement) + ", as Atlas cuts the file, is not the one it " +
         "has applied";
}

// The first of the applied statements that is not as it was, from 1; 0 for none.
int find_changed(const ForeignRow& row, const std::vector<ForeignPiece>& pieces) {
  const auto hashes = hash_pieces(pieces);
  for (int i = 0; i < row.applied; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const bool known = at < row.partial_hashes.size() && at < hashes.size();
    if (!known || row.partial_hashes[at] != hashes[at]) return i + 1;
  }
  return 0;
}

}  // namespace

std::vector<ForeignPiece> cut_as_aurora(std::string_view bytes) {
  std::vector<ForeignPiece> pieces;
  std::size_t begin = 0;
  for (;;) {
    const auto semicolon = bytes.find(';', begin);
    const auto end = semicolon == std::string_view::npos ? bytes.size() : semicolon + 1;
    pieces.push_back({std::string(bytes.substr(begin, end - begin)), end});
    if (semicolon == std::string_view::npos) return pieces;
    begin = end;
  }
}

std::optional<int> count_statements_before(const Migration& file, std::string_view bytes,
                                           std::size_t offset) {
  if (bytes.starts_with(kByteOrderMark)) {
    bytes.remove_prefix(kByteOrderMark.size());
    offset -= std::min(offset, kByteOrderMark.size());
  }
  int count = 0;
  for (const auto& statement : file.statements) {
    const auto begin = find_offset(bytes, {statement.line, statement.column});
    if (begin >= offset) return count;
    if (begin + statement.text.size() > offset) return std::nullopt;
    ++count;
  }
  return count;
}

ForeignCut find_cut(ForeignTool tool, const ForeignRow& row, const Migration& file,
                    std::string_view bytes) {
  std::vector<ForeignPiece> pieces;
  if (tool == ForeignTool::kAurora) {
    pieces = cut_as_aurora(bytes);
  } else if (auto cut = cut_as_atlas(bytes)) {
    pieces = std::move(*cut);
    if (const int changed = find_changed(row, pieces)) return {0, explain_changed(changed)};
  } else {
    return {0, "Atlas does not understand the file as it is"};
  }
  const auto done = static_cast<std::size_t>(std::max(row.applied, 0));
  if (done > pieces.size()) return {0, "the file has become shorter than what is applied of it"};
  const auto offset = done == 0 ? 0 : pieces[done - 1].end;
  if (const auto count = count_statements_before(file, bytes, offset)) return {*count, ""};
  const auto place = text_place(bytes, offset);
  return {0, "what is applied ends within a statement, at line " + std::to_string(place.line) +
                 ", column " + std::to_string(place.column)};
}

}  // namespace engine
