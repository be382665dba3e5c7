// Lexing and all that is done with tokens, over any bytes. LLVMFuzzerTestOneInput is libFuzzer's
// entry; without it, main replays the corpus DIRECTORY and ROUNDS seeded mutations of it.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "engine/dialect.h"
#include "engine/lexer.h"
#include "tests/support/mutator.h"

namespace {

std::string current_input;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\ninput (%zu bytes): %s\n", what, current_input.size(),
               current_input.c_str());
  std::abort();
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Tokens are in order, inside the text and not empty; between them there is only white space, and
// behind the last one too unless lexing stopped.
void check_tokens(std::string_view text, const engine::LexResult& lexed) {
  const char* at = text.data();
  const char* end = text.data() + text.size();
  for (const engine::Token& token : lexed.tokens) {
    require(token.text.data() >= at && !token.text.empty(), "tokens are in order");
    require(token.text.data() + token.text.size() <= end, "tokens are inside the text");
    require(std::all_of(at, token.text.data(), is_space), "only white space between tokens");
    require(token.line >= 1 && token.column >= 1, "places count from 1");
    at = token.text.data() + token.text.size();
  }
  require(lexed.errors.size() <= 1, "one error at most");
  require(!lexed.errors.empty() || std::all_of(at, end, is_space), "every byte is in a token");
}

void check_statements(std::string_view text, const engine::SplitResult& split) {
  std::size_t at = 0;
  for (const engine::Statement& statement : split.statements) {
    const std::size_t found = text.find(statement.text, at);
    require(found != std::string_view::npos, "statements are parts of the text, in order");
    at = found + statement.text.size();
    require(statement.hash.size() == 64, "every statement has a hash");
    const engine::SplitResult again = engine::split_statements(statement.text);
    require(again.errors.empty() && again.statements.size() == 1, "a statement splits to itself");
    require(again.statements[0].hash == statement.hash, "with the same hash");
    require(again.statements[0].kind == statement.kind, "and the same kind");
  }
}

void check_dialects(const engine::SplitResult& split) {
  for (const engine::Statement& statement : split.statements) {
    for (const engine::Dialect dialect : {engine::Dialect::kDsql, engine::Dialect::kPostgres}) {
      engine::lint_statement(statement, "fuzz.sql", dialect);
      const engine::PreparedStatement once = engine::prepare_statement(statement, dialect);
      const engine::SplitResult sent = engine::split_statements(once.sql);
      require(sent.errors.empty() && sent.statements.size() == 1, "one statement is sent as one");
      const engine::PreparedStatement twice =
          engine::prepare_statement(sent.statements[0], dialect);
      require(twice.sql == once.sql, "translating twice changes nothing");
    }
  }
}

void check(std::string_view text) {
  current_input.assign(text);
  const engine::LexResult lexed = engine::lex(text);
  check_tokens(text, lexed);
  const engine::SplitResult split = engine::split_statements(text);
  const engine::SplitResult again = engine::split_statements(text);
  require(split.statements.size() == again.statements.size(), "the same result twice");
  check_statements(text, split);
  for (const engine::Problem& problem : split.directives.problems) {
    require(problem.line >= 1 && problem.column >= 1, "a directive's problem has a place");
  }
  check_dialects(split);
  engine::is_valid_utf8(text, nullptr);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check({reinterpret_cast<const char*>(data), size});
  return 0;
}

#ifndef LEXER_FUZZ_LIBFUZZER
namespace {

constexpr const char* kPieces[] = {"'",
                                   "\n-- migrate:",
                                   "\n-- migrate:batch\n",
                                   "\n-- migrate:transaction none\n",
                                   "\n-- atlas:txmode file\n",
                                   "\n\n",
                                   "//",
                                   "''",
                                   "\"",
                                   "$$",
                                   "$a$",
                                   "$1",
                                   "E'",
                                   "U&'",
                                   "U&\"",
                                   "\\",
                                   "\\'",
                                   "/*",
                                   "*/",
                                   "--",
                                   "\n",
                                   "\r",
                                   "\r\n",
                                   ";",
                                   "(",
                                   ")",
                                   "[",
                                   "]",
                                   ".",
                                   "..",
                                   ":",
                                   "::",
                                   "1e5",
                                   "é",
                                   "\xff",
                                   "\xef\xbb\xbf",
                                   " create ",
                                   " index ",
                                   " concurrently ",
                                   " async ",
                                   " unique ",
                                   " on ",
                                   " using btree ",
                                   " asc ",
                                   " table ",
                                   " alter ",
                                   " add ",
                                   " column ",
                                   " constraint ",
                                   " validate ",
                                   " function ",
                                   " begin ",
                                   " atomic ",
                                   " case ",
                                   " end ",
                                   " as ",
                                   " select ",
                                   " with ",
                                   " explain analyze ",
                                   " copy ",
                                   " from ",
                                   " not valid ",
                                   " if not exists ",
                                   " include ",
                                   " where ",
                                   " values ",
                                   ",",
                                   "=",
                                   "-",
                                   "+",
                                   "a",
                                   " "};

std::vector<std::string> read_corpus(const char* directory) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> corpus;
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return corpus;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: lexer_fuzz CORPUS_DIRECTORY ROUNDS\n");
    return 2;
  }
  const std::vector<std::string> corpus = read_corpus(argv[1]);
  require(!corpus.empty(), "the corpus has files");
  for (const std::string& text : corpus) check(text);
  Mutator mutator(20261121, kPieces);
  for (long round = std::strtol(argv[2], nullptr, 10); round > 0; --round) {
    check(mutator.make(corpus));
  }
  return 0;
}
#endif
