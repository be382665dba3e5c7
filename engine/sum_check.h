// A source's files against the atlas.sum that lies among them, read one after the other.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/atlas_sum.h"
#include "engine/problem.h"
#include "engine/source.h"

namespace engine {

// What a run makes of atlas.sum, in a directory of the atlas format.
enum class SumRule {
  kIgnore,
  kVerify,   // when there is one
  kRequire,  // there has to be one
};

struct SumReading {
  std::optional<std::string> text;  // of atlas.sum, nullopt when there is none
  AtlasSum computed;                // of the files
  bool has_files = false;           // whether there are any, ignored ones too
};

// Reads every file that a sum covers: the *.sql of the top folder; where some end with .up.sql, as
// golang-migrate has them, those only, unless atlas.sum has others.
SumReading read_sum(MigrationSource& source);

// What is wrong, be it that a file which would run is not in the sum; nullopt for nothing, and
// where the rule asks for nothing.
std::optional<Problem> check_sum(MigrationSource& source, SumRule rule);

}  // namespace engine
