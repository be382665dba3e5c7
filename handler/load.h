// Reads the migration files a source names. The engine sees bytes and names, never S3 or a disk.
#pragma once

#include <vector>

#include "engine/directory.h"
#include "handler/source.h"
#include "runtime/credentials.h"
#include "runtime/environment.h"
#include "runtime/http.h"

namespace handler {

// The *.sql files directly below the source, in name order. S3 objects are pinned to what was
// listed. Throws runtime::Error (S3) or RequestError (a folder that cannot be read).
std::vector<engine::SourceFile> load_files(const Source& source,
                                           const runtime::Credentials& credentials,
                                           const runtime::Environment& environment,
                                           runtime::Http& http, runtime::Deadline deadline);

}  // namespace handler
