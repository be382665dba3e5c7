#include "engine/atlas_sum.h"

#include <algorithm>
#include <utility>

#include "engine/ascii.h"
#include "engine/atlas_directive.h"

namespace engine {
namespace {

constexpr std::string_view kMark = "h1:";
constexpr std::string_view kBlanks = " \t";
constexpr const char* kRehash =
    "Run the command hash with write (or `atlas migrate hash`) and commit atlas.sum.";

// A CR or a blank behind "ignore" defeats it.
bool is_ignored(std::string_view bytes) {
  const auto directive = find_atlas_directive(bytes, "sum");
  return directive && directive->value == "ignore";
}

std::string hash_of(const std::vector<AtlasSumEntry>& entries) {
  Sha256 total;
  for (const AtlasSumEntry& entry : entries) {
    total.add(entry.name);
    total.add(entry.hash);
  }
  return total.base64();
}

// Takes a line off the front of `rest`, without its LF or CR LF.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

AtlasSumCheck make_check(AtlasSumState state, std::string file, int line, std::string code,
                         std::string message, std::string hint) {
  Problem problem;
  problem.code = std::move(code);
  problem.file = "atlas.sum";
  problem.line = line;
  problem.column = line > 0 ? 1 : 0;
  problem.message = std::move(message);
  problem.hint = std::move(hint);
  return {state, std::move(file), line, std::move(problem)};
}

AtlasSumCheck make_missing() {
  return make_check(AtlasSumState::kMissing, "", 0, "sum-missing", "there is no atlas.sum",
                    kRehash);
}

AtlasSumCheck make_unreadable(int line) {
  return make_check(AtlasSumState::kUnreadable, "", line, "sum-unreadable",
                    "the line has no hash (h1:...)",
                    std::string("After a merge conflict remove its marks; then: ") + kRehash);
}

AtlasSumCheck make_wrong() {
  return make_check(AtlasSumState::kWrong, "", 1, "sum-wrong",
                    "the first line is not the hash of the lines below: the file was edited or "
                    "merged by hand",
                    std::string("See that the migrations are as they should be, then: ") + kRehash);
}

AtlasSumCheck make_stale(const std::string& file, int line, const std::string& what) {
  return make_check(
      AtlasSumState::kStale, file, line, "sum-stale", file + what,
      std::string("Put the file back as it was; or, when the change is meant: ") + kRehash);
}

// The entries of `text` into `sum`; the number of the first line that is none, 0 when all are.
int read_sum(std::string_view text, AtlasSum& sum) {
  const std::string_view first = take_line(text);
  if (!first.starts_with(kMark)) return 1;
  sum.total = trimmed(first.substr(kMark.size()), kBlanks);
  for (int number = 2; !text.empty(); ++number) {
    const std::string_view line = take_line(text);
    const std::size_t at = line.find(kMark);
    if (at == std::string_view::npos) return number;
    sum.entries.push_back({std::string(trimmed(line.substr(0, at), kBlanks)),
                           std::string(trimmed(line.substr(at + kMark.size()), kBlanks))});
  }
  return 0;
}

bool has_file(const std::vector<AtlasSumEntry>& entries, const std::string& name) {
  return std::any_of(entries.begin(), entries.end(),
                     [&](const AtlasSumEntry& entry) { return entry.name == name; });
}

// The first place where the two part; entries up to there are the same in both.
AtlasSumCheck find_difference(const AtlasSum& written, const AtlasSum& computed) {
  const std::size_t common = std::min(written.entries.size(), computed.entries.size());
  std::size_t i = 0;
  while (i < common && written.entries[i] == computed.entries[i]) ++i;
  const int line = static_cast<int>(i) + 2;
  if (i < written.entries.size() && !has_file(computed.entries, written.entries[i].name)) {
    return make_stale(written.entries[i].name, line, " is in atlas.sum and not in the directory");
  }
  if (i < computed.entries.size() && !has_file(written.entries, computed.entries[i].name)) {
    return make_stale(computed.entries[i].name, line, " was added after atlas.sum was written");
  }
  if (i < common && written.entries[i].name == computed.entries[i].name) {
    return make_stale(written.entries[i].name, line, " was changed after atlas.sum was written");
  }
  const std::string& name = i < written.entries.size() ? written.entries[i].name : "atlas.sum";
  return make_stale(name, line, " is not at its place in atlas.sum");
}

}  // namespace

std::optional<std::string> AtlasChain::add(std::string_view name, std::string_view bytes) {
  running_.add(name);
  if (is_ignored(bytes)) return std::nullopt;
  running_.add(bytes);
  return running_.base64();
}

AtlasSum sum_of_entries(std::vector<AtlasSumEntry> entries) {
  return {hash_of(entries), std::move(entries)};
}

AtlasSum make_atlas_sum(std::vector<AtlasFile> files) {
  std::sort(files.begin(), files.end(),
            [](const AtlasFile& a, const AtlasFile& b) { return a.name < b.name; });
  std::vector<AtlasSumEntry> entries;
  AtlasChain chain;
  for (const AtlasFile& file : files) {
    if (auto hash = chain.add(file.name, file.bytes)) {
      entries.push_back({std::string(file.name), std::move(*hash)});
    }
  }
  return sum_of_entries(std::move(entries));
}

std::string to_string(const AtlasSum& sum) {
  std::string text = std::string(kMark) + sum.total + "\n";
  for (const AtlasSumEntry& entry : sum.entries) {
    text += entry.name + " " + std::string(kMark) + entry.hash + "\n";
  }
  return text;
}

AtlasSumCheck compare_atlas_sum(std::optional<std::string_view> text, const AtlasSum& computed,
                                bool has_files) {
  if (!text) return has_files ? make_missing() : AtlasSumCheck{};
  AtlasSum written;
  if (const int line = read_sum(*text, written); line > 0) return make_unreadable(line);
  if (hash_of(written.entries) != written.total) return make_wrong();
  if (computed.total == written.total) return {};
  return find_difference(written, computed);
}

AtlasSumCheck check_atlas_sum(std::optional<std::string_view> text, std::vector<AtlasFile> files) {
  const bool has_files = !files.empty();
  return compare_atlas_sum(text, make_atlas_sum(std::move(files)), has_files);
}

}  // namespace engine
