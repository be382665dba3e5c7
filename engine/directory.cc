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

Problem make_problem(const std::string& file, std::string code, std::string message,
                     std::string hint) {
  Problem problem;
  problem.code = std::move(code);
  problem.file = file;
  problem.message = std::move(message);
  problem.hint = std::move(hint);
  return problem;
}

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

// The statements and directives of `bytes`; what is wrong with them goes to `problems`.
SplitResult parse_statements(const SourceFile& file, std::vector<Problem>& problems) {
  std::string_view text = file.bytes;
  const std::size_t skipped = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
  text.remove_prefix(skipped);
  std::size_t bad = 0;
  if (!is_valid_utf8(text, &bad)) {
    problems.push_back(make_bad_utf8(file.name, text, bad, skipped));
    return {};
  }
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    problems.push_back(make_nul(file.name, text, nul, skipped));
    return {};
  }
  SplitResult split = split_statements(text);
  for (const LexError& error : split.errors) {
    problems.push_back(make_lex_problem(file.name, error));
  }
  for (Problem& problem : split.directives.problems) {
    problem.file = file.name;
    problems.push_back(std::move(problem));
  }
  for (const Statement& statement : split.statements) {
    if (statement.kind != StatementKind::kTransaction) continue;
    problems.push_back(make_transaction_problem(file.name, statement));
  }
  if (split.statements.empty() && split.errors.empty()) {
    Problem empty = make_problem(file.name, "empty-file", "the file has no statement",
                                 "It is recorded as applied; delete it if that is not meant.");
    empty.severity = Severity::kWarning;
    problems.push_back(std::move(empty));
  }
  return split;
}

}  // namespace

Migration identify_migration(const SourceFile& file, const MigrationName& name) {
  Migration migration;
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
                          std::vector<Problem>& problems) {
  auto migration = identify_migration(file, name);
  SplitResult split = parse_statements(file, problems);
  migration.transaction = split.directives.transaction;
  migration.statements = std::move(split.statements);
  return migration;
}

}  // namespace engine
