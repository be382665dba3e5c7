#include "handler/project_settings.h"

#include "handler/setting_url.h"

namespace handler {
namespace {

void set_format(const std::string& of_block, const std::string& of_url, Settings* settings) {
  auto format = of_block.empty() ? of_url : of_block;
  // Its names are read with those of Atlas: VERSION_name.up.sql.
  if (format == "golang-migrate") format = "atlas";
  if (!format.empty()) settings->fields["format"] = format;
}

void set_order(const std::string& order, Settings* settings) {
  if (order.empty()) return;
  settings->fields["outOfOrder"] = order == "linear-skip"  ? "skip"
                                   : order == "non-linear" ? "apply"
                                                           : "refuse";
}

void set_transactions(const std::string& mode, Settings* settings) {
  if (mode == "all") {
    settings->refuse(
        "transaction", "tx_mode all is not kept to here",
        "each file is a transaction of its own, and a run that fails goes on where it stopped: "
        "write file, or none");
  } else if (!mode.empty()) {
    settings->fields["transaction"] = mode;
  }
}

}  // namespace

Settings make_project_settings(const ProjectConfig& config, const std::string& name,
                               const Source& folder) {
  Settings settings;
  settings.name = name;
  settings.refused = config.refused;
  for (const auto& key : config.passed_over) {
    settings.warn("migration." + key + " has no meaning here and is passed over");
  }
  if (!config.url.empty()) set_target({config.url, config.token}, &settings);
  std::string format;
  if (!config.dir.empty()) format = set_source(config.dir, folder, &settings);
  set_format(config.format, format, &settings);
  set_order(config.exec_order, &settings);
  set_transactions(config.tx_mode, &settings);
  if (!config.baseline.empty()) settings.fields["version"] = config.baseline;
  if (!config.revisions_schema.empty()) {
    settings.fields["history"] = config.revisions_schema + ".*";
    settings.history_key = "revisions_schema";
    settings.history_schema = config.revisions_schema;
  }
  if (config.lock_timeout) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*config.lock_timeout);
    settings.fields["lockTimeout"] = std::to_string(seconds.count());
  }
  return settings;
}

}  // namespace handler
