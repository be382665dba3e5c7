#include "handler/configuration.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

#include "handler/flyway_settings.h"
#include "handler/project_settings.h"
#include "handler/request_error.h"
#include "handler/source.h"
#include "handler/url.h"
#include "runtime/credentials.h"
#include "runtime/error.h"
#include "runtime/s3.h"

namespace handler {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 20;

// A file may be changed by who may write to the bucket, and what it says is answered.
std::string find_variable(const runtime::Environment& environment, const std::string& name) {
  static constexpr std::array kSecret = {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                                         "AWS_CONTAINER_AUTHORIZATION_TOKEN"};
  const bool secret = std::find(kSecret.begin(), kSecret.end(), name) != kSecret.end();
  return secret ? "" : environment.get_or(name, "");
}

// Below the folder it is joined to: not absolute, and no step back.
bool is_below(const std::string& name) {
  const std::filesystem::path path(name);
  return !name.empty() && !path.is_absolute() &&
         std::none_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
}

// The folder of the configuration file, and what is read there.
class ConfigFolder {
 public:
  ConfigFolder(Source folder, const ConfigurationContext& context)
      : folder_(std::move(folder)), context_(context) {}

  const Source& folder() const { return folder_; }

  // nullopt when there is none.
  std::optional<std::string> read(const std::string& name) const {
    return folder_.kind == Source::Kind::kS3 ? download(name) : read_file(name);
  }

 private:
  std::optional<std::string> read_file(const std::string& name) const {
    const auto path = folder_.path + name;
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    if (error) return std::nullopt;
    check_size(size, name);
    std::ifstream in(path, std::ios::binary);
    std::string text(static_cast<std::size_t>(size), '\0');
    in.read(text.data(), static_cast<std::streamsize>(size));
    if (!in) return std::nullopt;
    return text;
  }

  std::optional<std::string> download(const std::string& name) const {
    runtime::S3Options options;
    options.region = folder_.signing_region(context_.environment);
    runtime::S3 s3(
        context_.http,
        runtime::load_credentials(context_.environment, context_.http, context_.deadline),
        context_.environment, std::move(options));
    const auto key = folder_.path + name;
    const auto object = s3.find(folder_.bucket, key, context_.deadline);
    if (!object) return std::nullopt;
    check_size(object->size, name);
    std::optional<std::string> text;
    s3.get(folder_.bucket, {&*object, 1}, context_.deadline,
           [&](runtime::S3Content content) { text = std::move(content.body); });
    return text;
  }

  void check_size(std::uint64_t size, const std::string& name) const {
    if (size <= kMostBytes) return;
    throw RequestError("config", folder_.to_string() + name + " is larger than 1 MiB",
                       "see whether this is the file you mean");
  }

  Source folder_;
  const ConfigurationContext& context_;
};

struct Found {
  Source folder;
  std::string name;
};

// The folder of what `config` names, an URL.
Found split_url(const std::string& config) {
  const auto question = std::min(config.find('?'), config.size());
  const auto slash = config.rfind('/', question - 1);
  const auto name = config.substr(slash + 1, question - slash - 1);
  const auto url = parse_url(config);
  const bool known = url && (url->scheme == "s3" ? !url->host.empty() : url->scheme == "file");
  if (!known || name.empty() || url->path.empty()) {
    throw RequestError("config", "config '" + config + "' names no file",
                       "use file:///FOLDER/atlas.hcl, s3://BUCKET/PREFIX/atlas.hcl, or a name that "
                       "lies beside the migrations");
  }
  return {parse_source(config.substr(0, slash + 1) + config.substr(question)), name};
}

Found find_config(const ConfigChoice& choice, const runtime::Environment& environment) {
  if (choice.config.find("://") != std::string::npos) return split_url(choice.config);
  if (!is_below(choice.config)) {
    throw RequestError("config", "config '" + choice.config + "' is no name below the migrations",
                       "write a file of the package as file:///var/task/" +
                           std::filesystem::path(choice.config).filename().string());
  }
  const auto task = "file://" + environment.get_or("LAMBDA_TASK_ROOT", "/var/task") + "/";
  auto folder = parse_source(choice.source.empty() ? task : choice.source);
  if (folder.archive) {
    folder.path.resize(folder.path.rfind('/') + 1);
    folder.archive.reset();
  }
  if (!folder.path.empty() && folder.path.back() != '/') folder.path += '/';
  const std::filesystem::path path(choice.config);
  if (path.has_parent_path()) folder.path += path.parent_path().generic_string() + "/";
  return {std::move(folder), path.filename().string()};
}

Settings read_hcl(const std::string& name, std::string text, const ConfigChoice& choice,
                  const ConfigFolder& folder, const runtime::Environment& environment) {
  const HclOutside outside{
      [&](const std::string& variable) { return find_variable(environment, variable); },
      [&](const std::string& file) { return is_below(file) ? folder.read(file) : std::nullopt; }};
  const auto config =
      read_project({name, std::move(text)}, {choice.env, choice.variables}, outside);
  return make_project_settings(config, name, folder.folder());
}

Settings read_flyway(const std::string& name, std::string text, const ConfigChoice& choice,
                     const Source& folder, const runtime::Environment& environment) {
  if (!choice.variables.empty()) {
    throw RequestError("variables", name + " takes no variables",
                       "what stands in its migrations is given as placeholders");
  }
  const auto config =
      read_flyway_config({name, std::move(text), choice.env, [&](const std::string& variable) {
                            return find_variable(environment, variable);
                          }});
  return make_flyway_settings(config, name, folder);
}

}  // namespace

Settings read_settings(const ConfigChoice& choice, const ConfigurationContext& context) {
  auto found = find_config(choice, context.environment);
  const bool hcl = found.name.ends_with(".hcl");
  if (!hcl && !found.name.ends_with(".conf") && !found.name.ends_with(".toml")) {
    throw RequestError("config", "config '" + choice.config + "' is of no kind that is read",
                       "its name has to end with .hcl (aurora, Atlas), .conf or .toml (Flyway)");
  }
  const ConfigFolder folder(std::move(found.folder), context);
  auto text = folder.read(found.name);
  if (!text) {
    throw RequestError("config", "there is no file " + folder.folder().to_string() + found.name,
                       "a bare name lies beside the migrations; one of the package is written "
                       "file:///var/task/NAME");
  }
  if (hcl) {
    return read_hcl(found.name, std::move(*text), choice, folder, context.environment);
  }
  return read_flyway(found.name, std::move(*text), choice, folder.folder(), context.environment);
}

}  // namespace handler
