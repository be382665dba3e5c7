// lexer_bench FOLDER SECONDS: lexes every file in the folder, over and over for that long, and
// prints as JSON how many bytes a second of one core's time went through lex(), and through
// split_statements(), which classifies and hashes besides. The best of the rounds: whatever else
// the machine does only ever takes time away.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "engine/lexer.h"

namespace {

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::vector<std::string> read_files(const char* folder) {
  std::vector<std::string> texts;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return texts;
}

// `use` of each text; what it returns is added up, so that nothing is left out.
template <typename Use>
double best_rate(const std::vector<std::string>& texts, double seconds, const Use& use,
                 std::size_t* total) {
  std::size_t bytes = 0;
  for (const auto& text : texts) bytes += text.size();
  double best = 0;
  const double end = cpu_seconds() + seconds;
  do {
    const double start = cpu_seconds();
    *total = 0;
    for (const auto& text : texts) *total += use(text);
    best = std::max(best, static_cast<double>(bytes) / (cpu_seconds() - start));
  } while (cpu_seconds() < end);
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: lexer_bench FOLDER SECONDS\n", stderr);
    return 64;
  }
  const auto texts = read_files(argv[1]);
  const double seconds = std::atof(argv[2]);
  std::size_t tokens = 0;
  std::size_t statements = 0;
  std::size_t errors = 0;
  const double lex_rate = best_rate(
      texts, seconds,
      [&](const std::string& text) {
        const auto result = engine::lex(text);
        errors += result.errors.size();
        return result.tokens.size();
      },
      &tokens);
  const double split_rate = best_rate(
      texts, seconds,
      [](const std::string& text) { return engine::split_statements(text).statements.size(); },
      &statements);
  std::printf(
      "{\"tokens\": %zu, \"statements\": %zu, \"errors\": %zu, \"lex\": %.0f, \"split\": %.0f}\n",
      tokens, statements, errors, lex_rate, split_rate);
  return errors == 0 ? 0 : 1;
}
