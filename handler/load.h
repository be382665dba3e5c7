// The places migration files come from, as the engine's MigrationSource: it sees entries and bytes,
// never S3 or a disk.
#pragma once

#include <memory>

#include "engine/source.h"
#include "handler/source.h"
#include "runtime/credentials.h"
#include "runtime/environment.h"
#include "runtime/http.h"

namespace handler {

// Lists the files with the source's suffixes (*.sql) below it, which is a folder or an archive, and
// those with .conf behind, in sub-folders too, JavaScript's and atlas.sum. S3 objects are pinned to
// what is listed now, and what is downloaded is kept in a spool below TMPDIR (/tmp), so that it is
// asked for again only when that is full. An archive is read as a whole when it is opened, and
// stays in memory; a file in it is "s3://bucket/key.zip!/name.sql". Opening and reading throw
// runtime::Error (S3) or RequestError (a folder that cannot be read, an archive with anything wrong
// in it). The Http has to outlive what is returned.
std::unique_ptr<engine::MigrationSource> open_files(const Source& source,
                                                    const runtime::Credentials& credentials,
                                                    const runtime::Environment& environment,
                                                    runtime::Http& http,
                                                    runtime::Deadline deadline);

}  // namespace handler
