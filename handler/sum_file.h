// atlas.sum, written where the migration files are.
#pragma once

#include "engine/run_report.h"
#include "engine/source.h"
#include "handler/source.h"
#include "runtime/credentials.h"
#include "runtime/environment.h"
#include "runtime/http.h"

namespace handler {

struct SumPlace {
  const Source& source;  // no archive
  const runtime::Credentials& credentials;
  const runtime::Environment& environment;
  runtime::Http& http;
  runtime::Deadline deadline;
};

// Takes hash's report, and writes the text in it when it is not that of the atlas.sum that `files`
// has listed: UP_TO_DATE, with the place in `sum`. A file is there as before or as a whole. In S3
// nothing is replaced but what was listed, unless it has that text by now. A folder that cannot be
// written leaves the report PENDING, with a problem; what S3 refuses makes it FAILED. The text
// stays in it.
void write_sum(const SumPlace& place, const engine::MigrationSource& files,
               engine::RunReport* report);

}  // namespace handler
