#include "engine/directory.h"

#include <cstddef>
#include <string_view>
#include <utility>

#include "engine/digest.h"
#include "engine/excerpt.h"
#include "engine/lex_error.h"
#include "engine/lexer.h"
#include "engine/text_place.h"

namespace engine {
namespace {

Problem make_bad_utf8(const std::string& file, std::string_view text, std::size_t offset,
                      std::size_t skipped) {
  const bool utf16 = text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff");
  const TextPlace place = text_place(text, offset);
  Problem problem =
      make_problem(file, "not-utf8", "byte " + std::to_string(offset + skipped) + " is not UTF-8",
                   utf16 ? "The file is UTF-16: save it as UTF-8." : "Save the file as UTF-8.");
  problem.line = place.line;
  problem.column = place.column;
  return problem;
}

Problem make_nul(const std::string& file, std::string_view text, std::size_t offset,
                 std::size_t skipped) {
  const TextPlace place = text_place(text, offset);
  Problem problem = make_problem(file, "nul-byte",
                                 "byte " + std::to_string(offset + skipped) +
                                     " is a NUL, which PostgreSQL does not take in a statement",
                                 "Save the file as plain text in UTF-8, without NUL bytes.");
  problem.line = place.line;
  problem.column = place.column;
  return problem;
}

Problem make_lex_problem(const std::string& file, const LexError& error) {
  Problem problem = make_problem(file, error.code, error.message,
                                 std::string(lex_error_hint(error.code)) + "\n" + error.caret);
  problem.line = error.line;
  problem.column = error.column;
  problem.statement = make_excerpt(error.caret);
  return problem;
}

Problem make_transaction_problem(const std::string& file, const Statement& statement) {
  Problem problem = make_problem(file, "transaction-statement",
                                 "transaction control does not belong in a migration file",
                                 "Remove it; each statement is its own transaction.");
  problem.line = statement.line;
  problem.column = statement.column;
  problem.statement = make_excerpt(statement.text);
  return problem;
}

// False, and a problem, for what PostgreSQL takes in no statement.
bool is_text(const SourceFile& file, std::string_view text, std::size_t skipped,
             std::vector<Problem>& problems) {
  std::size_t bad = 0;
  if (!is_valid_utf8(text, &bad)) {
    problems.push_back(make_bad_utf8(file.name, text, bad, skipped));
    return false;
  }
  const std::size_t nul = text.find('\0');
  if (nul == std::string_view::npos) return true;
  problems.push_back(make_nul(file.name, text, nul, skipped));
  return false;
}

Problem make_placeholder_problem(const std::string& file, const Replacement& replacement) {
  Problem problem = make_problem(file, "placeholder", replacement.fault, replacement.hint);
  problem.line = replacement.line;
  problem.column = replacement.column;
  return problem;
}

// The statements and directives of the text; what is wrong with them goes to `problems`.
SplitResult parse_statements(const std::string& file, std::string_view text,
                             std::vector<Problem>& problems) {
  SplitResult split = split_statements(text);
  for (const LexError& error : split.errors) {
    problems.push_back(make_lex_problem(file, error));
  }
  for (Problem& problem : split.directives.problems) {
    problem.file = file;
    problems.push_back(std::move(problem));
  }
  for (const Statement& statement : split.statements) {
    if (statement.kind != StatementKind::kTransaction) continue;
    problems.push_back(make_transaction_problem(file, statement));
  }
  if (split.statements.empty() && split.errors.empty()) {
    Problem empty = make_problem(file, "empty-file", "the file has no statement",
                                 "It is recorded as applied; delete it if that is not meant.");
    empty.severity = Severity::kWarning;
    problems.push_back(std::move(empty));
  }
  return split;
}

template <typename Placed>
void put_back(Placed& placed, const PlacesBefore& places) {
  if (placed.line == 0) return;
  const auto place = places.find({placed.line, placed.column});
  placed.line = place.line;
  placed.column = place.column;
}

// What a repeatable migration says is its text with the values.
void identify_by_text(const std::string& text, Migration* migration) {
  if (migration->kind != MigrationKind::kRepeatable) return;
  migration->checksum = "sha256:" + sha256_hex(text);
  migration->source_etag.clear();
}

SplitResult parse_replaced(std::string_view text, const Placeholders& placeholders,
                           Migration* migration, std::vector<Problem>& problems) {
  const auto& file = migration->file;
  const Replacement replacement = replace_placeholders(text, placeholders, file);
  if (!replacement.fault.empty()) {
    problems.push_back(make_placeholder_problem(file, replacement));
    return {};
  }
  const auto first = static_cast<std::ptrdiff_t>(problems.size());
  SplitResult split = parse_statements(file, replacement.text, problems);
  if (replacement.values.empty()) return split;
  identify_by_text(replacement.text, migration);
  const PlacesBefore places(text, replacement);
  for (auto at = problems.begin() + first; at != problems.end(); ++at) put_back(*at, places);
  for (Statement& statement : split.statements) put_back(statement, places);
  return split;
}

SplitResult parse_bytes(const SourceFile& file, const Placeholders* placeholders,
                        Migration* migration, std::vector<Problem>& problems) {
  std::string_view text = file.bytes;
  const std::size_t skipped = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
  text.remove_prefix(skipped);
  if (!is_text(file, text, skipped, problems)) return {};
  if (placeholders == nullptr) return parse_statements(file.name, text, problems);
  return parse_replaced(text, *placeholders, migration, problems);
}

}  // namespace

Migration identify_migration(const SourceFile& file, const MigrationName& name) {
  Migration migration;
  migration.kind = name.kind;
  migration.version = name.version;
  migration.description = name.description;
  migration.file = file.name;
  migration.location = file.location;
  migration.source_version = file.version_id;
  migration.source_etag = file.etag;
  migration.source_size = file.bytes.size();
  migration.checksum = "sha256:" + sha256_hex(file.bytes);
  return migration;
}

Migration parse_migration(const SourceFile& file, const MigrationName& name,
                          std::vector<Problem>& problems, const Placeholders* placeholders) {
  auto migration = identify_migration(file, name);
  SplitResult split = parse_bytes(file, placeholders, &migration, problems);
  migration.transaction = split.directives.transaction;
  migration.checkpoint = split.directives.checkpoint;
  migration.statements = std::move(split.statements);
  return migration;
}

Migration parse_listed(const SourceFile& file, const Listing::File& listed,
                       const Placeholders& placeholders, std::vector<Problem>& problems) {
  auto migration =
      parse_migration(file, listed.name, problems, listed.replaces ? &placeholders : nullptr);
  if (!migration.transaction) migration.transaction = listed.transaction;
  return migration;
}

}  // namespace engine
