#include "engine/format.h"
#include "engine/format_ending.h"
#include "engine/version.h"

namespace engine {

NameReading read_folders_name(std::string_view path) {
  // Where the sequelize tutorial has them.
  constexpr std::string_view kResources = "resources/";
  if (path.starts_with(kResources)) path.remove_prefix(kResources.size());
  std::string_view stem = path;
  if (is_hidden(path) || !remove_ending(stem, ".sql")) return {};
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos || path[0] != 'v') return {};
  const std::string_view number = path.substr(1, slash - 1);
  if (!is_dotted_number(number)) return {};
  NameReading reading;
  if (path.find('/', slash + 1) != std::string_view::npos) {
    reading.fault = "it is in a folder of a version's folder";
    reading.hint = "Move it into " + std::string(path.substr(0, slash)) +
                   "/ itself, or out of the migrations.";
    return reading;
  }
  MigrationName name;
  name.version = std::string(number) + std::string(path.substr(slash));
  name.description = stem.substr(slash + 1);
  reading.name = std::move(name);
  return reading;
}

}  // namespace engine
