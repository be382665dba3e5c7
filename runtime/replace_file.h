// A file's content replaced as a whole.
#pragma once

#include <string>
#include <string_view>
#include <system_error>

namespace runtime {

// Whoever opens the file, also after a crash, finds what was there or all of `bytes`: they are
// written to a file beside it, which takes its name when they are on the disk. An existing file
// keeps its permissions. On an error nothing has changed.
std::error_code replace_file(const std::string& path, std::string_view bytes);

}  // namespace runtime
