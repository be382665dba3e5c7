#include "handler/project_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <span>

#include "engine/near_word.h"
#include "handler/request_error.h"

namespace handler {
namespace {

using nlohmann::json;
using Found = HclEvaluator::Found;

// What Atlas knows of an env and of its migrations besides what is read here.
constexpr std::array<std::string_view, 11> kOfAnEnv = {"dev",     "diff", "exclude", "format",
                                                       "include", "lint", "name",    "schema",
                                                       "schemas", "src",  "test"};
constexpr std::array<std::string_view, 2> kOfAMigration = {"exclude", "repo"};
constexpr std::array<std::string_view, 2> kReadOfAnEnv = {"url", "migration"};
constexpr std::array<std::string_view, 7> kReadOfAMigration = {
    "dir", "format", "revisions_schema", "baseline", "exec_order", "tx_mode", "lock_timeout"};

constexpr std::string_view kTokenMark = "dsql-migrate-token-";

// A duration as Go writes it: "10s", "1m30s", "500ms".
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  double total = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    double number = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc{} || number < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::string_view unit = text.substr(0, text.find_first_of("0123456789."));
    if (unit == "ms") {
      total += number;
    } else if (unit == "s" || unit == "m" || unit == "h") {
      total += number * (unit == "s" ? 1000 : unit == "m" ? 60'000 : 3'600'000);
    } else {
      return std::nullopt;
    }
    text.remove_prefix(unit.size());
  }
  constexpr double kYear = 365.0 * 24 * 3'600'000;
  if (total > kYear) return std::nullopt;
  return std::chrono::milliseconds(static_cast<long long>(total));
}

// LINEAR_SKIP as a word, "linear-skip" as text.
std::string to_option(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) {
    return c == '_' ? '-' : static_cast<char>(std::tolower(c));
  });
  return word;
}

class Project {
 public:
  Project(const HclSource& source, const ProjectChoice& choice, const HclOutside& outside)
      : source_(source),
        choice_(choice),
        body_(parse_hcl(source)),
        outside_{[this, &outside](const std::string& name) {
                   auto value = outside.getenv(name);
                   if (value.empty()) unset_.push_back(name);
                   return value;
                 },
                 outside.read_file},
        evaluator_(source, outside_,
                   [this](const HclExpression& at, const std::string& name,
                          const std::vector<std::string>& path) { return find(at, name, path); }) {}

  ProjectConfig read() {
    check_names();
    const HclBlock& env = choose_env();
    check_keys(env.body, kReadOfAnEnv, kOfAnEnv);
    if (const HclAttribute* each = env.body.find("for_each")) {
      refuse_hcl(source_, each->offset, "for_each is not read here",
                 "Write an env for each, or call the function once for each.");
    }
    ProjectConfig config;
    config.env = env_;
    config.url = text_for("target", env.body, "url", config);
    bool read = false;
    for (const HclBlock& block : env.body.blocks) {
      if (block.type != "migration") continue;
      if (read) refuse_second(block, "migration");
      read_migration(block.body, config);
      read = true;
    }
    take_token(env, config);
    return config;
  }

 private:
  [[noreturn]] void refuse_second(const HclBlock& block, const std::string& name) {
    refuse_hcl(source_, block.offset, name + " is there a second time",
               "Only one of them would be read: remove the other.");
  }

  // One block of a name, and no value for a variable that there is not.
  void check_names() {
    std::set<std::string> known;
    std::vector<std::string_view> variables;
    for (const HclBlock& block : body_.blocks) {
      if (block.type == "locals") {
        for (const HclAttribute& local : block.body.attributes) {
          if (!known.insert("local." + local.name).second) {
            refuse_hcl(source_, local.offset, "local." + local.name + " is set a second time");
          }
        }
      }
      if (block.labels.empty()) continue;
      std::string name = block.type;
      for (const std::string& label : block.labels) name += " \"" + label + "\"";
      if (!known.insert(name).second) refuse_second(block, name);
      if (block.type == "variable") variables.push_back(block.labels[0]);
    }
    for (const auto& [name, value] : choice_.variables) {
      if (known.contains("variable \"" + name + "\"")) continue;
      const auto near = engine::find_near_word(name, variables);
      throw RequestError("variables", source_.name + " has no variable '" + name + "'",
                         near.empty() ? "write a block variable \"" + name + "\", or leave it out"
                                      : "did you mean '" + std::string(near) + "'?");
    }
  }

  // What is nearly one of the keys would be passed over, and something else take its place.
  std::vector<std::string> check_keys(const HclBody& body, std::span<const std::string_view> read,
                                      std::span<const std::string_view> others) {
    std::vector<std::string> unread;
    const auto check = [&](const std::string& name, std::size_t offset) {
      if (std::find(read.begin(), read.end(), name) != read.end()) return;
      unread.push_back(name);
      if (std::find(others.begin(), others.end(), name) != others.end()) return;
      const auto near = engine::find_near_word(name, read);
      if (near.empty()) return;
      refuse_hcl(source_, offset, "there is no '" + name + "' here",
                 "Did you mean " + std::string(near) + "?");
    };
    for (const HclAttribute& attribute : body.attributes) check(attribute.name, attribute.offset);
    for (const HclBlock& block : body.blocks) check(block.type, block.offset);
    return unread;
  }

  std::optional<Found> find(const HclExpression& at, const std::string& name,
                            const std::vector<std::string>& path) {
    if (name == "atlas" && path == std::vector<std::string>{"env"}) return Found{json(env_), 1};
    if (path.empty()) return std::nullopt;
    if (name == "var") return guarded(at, "var." + path[0], [&] { return variable(at, path[0]); });
    if (name == "local") return guarded(at, "local." + path[0], [&] { return local(path[0]); });
    if (name == "data" && path.size() >= 2) return data(at, path[0], path[1]);
    return std::nullopt;
  }

  // A value that needs itself would never end.
  template <typename Get>
  std::optional<Found> guarded(const HclExpression& at, const std::string& name, Get get) {
    if (under_way_.contains(name)) refuse_hcl(source_, at.offset, name + " needs itself");
    const std::set<std::string> before = under_way_;
    under_way_.insert(name);
    std::optional<json> value;
    try {
      value = get();
    } catch (const RequestError&) {  // try() may go on
      under_way_ = before;
      throw;
    }
    under_way_ = before;
    if (!value) return std::nullopt;
    return Found{std::move(*value), 1};
  }

  const HclBlock* find_labelled(std::string_view type, const std::vector<std::string>& labels) {
    const auto found = std::find_if(
        body_.blocks.begin(), body_.blocks.end(),
        [&](const HclBlock& block) { return block.type == type && block.labels == labels; });
    return found == body_.blocks.end() ? nullptr : &*found;
  }

  std::optional<json> variable(const HclExpression& at, const std::string& name) {
    const HclBlock* block = find_labelled("variable", {name});
    if (block == nullptr) return std::nullopt;
    const auto given = choice_.variables.find(name);
    if (given != choice_.variables.end()) return typed(*block, name, given->second);
    if (const HclAttribute* value = block->body.find("default")) {
      return evaluator_.evaluate(value->value);
    }
    refuse_hcl(source_, at.offset, "variable '" + name + "' has no value",
               "Give it one in the event (\"variables\"), or a default.");
  }

  json typed(const HclBlock& block, const std::string& name, const std::string& value) {
    const HclAttribute* type = block.body.find("type");
    const std::string wanted = type == nullptr ? "string" : type->value.text;
    if (wanted == "string" || wanted.empty()) return value;
    const json parsed = json::parse(value, nullptr, false);
    const bool fits = (wanted == "bool" && parsed.is_boolean()) ||
                      (wanted == "number" && parsed.is_number()) ||
                      (wanted == "int" && parsed.is_number_integer());
    if (fits) return parsed;
    throw RequestError("variables",
                       "variable '" + name + "' does not have a value of type " + wanted,
                       "see block variable \"" + name + "\" in " + source_.name);
  }

  std::optional<json> local(const std::string& name) {
    for (const HclBlock& block : body_.blocks) {
      if (block.type != "locals") continue;
      if (const HclAttribute* value = block.body.find(name)) {
        return evaluator_.evaluate(value->value);
      }
    }
    return std::nullopt;
  }

  // A token's value is a mark that urlescape leaves as it is; it is looked for in the URL.
  std::optional<Found> data(const HclExpression& at, const std::string& type,
                            const std::string& name) {
    const HclBlock* block = find_labelled("data", {type, name});
    if (block == nullptr) return std::nullopt;
    if (type != "aws_dsql_token" && type != "aws_rds_token") {
      refuse_hcl(source_, at.offset, "data sources of type " + type + " are not read here",
                 "Known are aws_dsql_token and aws_rds_token.");
    }
    const auto same = std::find(tokens_.begin(), tokens_.end(), block);
    const auto index = static_cast<std::size_t>(same - tokens_.begin());
    if (same == tokens_.end()) tokens_.push_back(block);
    return Found{json(std::string(kTokenMark) + std::to_string(index) + "-"), 2};
  }

  // Every choice is by name; an env without a label names itself.
  const HclBlock& choose_env() {
    std::vector<const HclBlock*> envs;
    std::string names;
    for (const HclBlock& block : body_.blocks) {
      if (block.type != "env") continue;
      envs.push_back(&block);
      names += (names.empty() ? "" : ", ") + (block.labels.empty() ? "(any)" : block.labels[0]);
    }
    env_ = choice_.env;
    if (env_.empty() && envs.size() == 1 && !envs[0]->labels.empty()) env_ = envs[0]->labels[0];
    for (const HclBlock* env : envs) {
      if (!env->labels.empty() && env->labels[0] == env_) return *env;
    }
    for (const HclBlock* env : envs) {
      if (env->labels.empty() && !env_.empty() && text_of(env->body, "name") == env_) return *env;
    }
    throw RequestError("env",
                       env_.empty() ? source_.name + " has several environments, and none is chosen"
                                    : source_.name + " has no environment '" + env_ + "'",
                       names.empty() ? "write a block env \"NAME\"" : "there are: " + names);
  }

  std::string text_of(const HclBody& body, std::string_view name) {
    const HclAttribute* attribute = body.find(name);
    return attribute == nullptr ? "" : evaluator_.evaluate_string(attribute->value);
  }

  // As text_of, for what would be looked for elsewhere if it were not there.
  std::string text_for(const char* field, const HclBody& body, std::string_view name,
                       ProjectConfig& config) {
    unset_.clear();
    std::string text = text_of(body, name);
    const HclAttribute* attribute = body.find(name);
    if (attribute == nullptr || !text.empty()) return text;
    std::string message = std::string(name) + " is empty";
    for (const std::string& variable : unset_) {
      message += (&variable == &unset_.front() ? ": the environment has no value for " : ", ");
      message += variable;
    }
    config.refused.emplace(
        field, make_hcl_error(source_, attribute->offset, message,
                              "Give it a value, or give the event a " + std::string(field) + "."));
    return text;
  }

  // An option is a word (LINEAR_SKIP) or text ("linear-skip").
  std::string option_of(const HclBody& body, std::string_view name,
                        const std::vector<std::string>& known) {
    const HclAttribute* attribute = body.find(name);
    if (attribute == nullptr) return "";
    const bool word = attribute->value.kind == HclExpression::Kind::kVariable;
    const std::string option =
        to_option(word ? attribute->value.text : evaluator_.evaluate_string(attribute->value));
    if (std::find(known.begin(), known.end(), option) != known.end()) return option;
    std::string list;
    for (const std::string& one : known) list += (list.empty() ? "" : ", ") + one;
    refuse_hcl(source_, attribute->value.offset, std::string(name) + " is not known",
               "Known are " + list + ".");
  }

  void read_migration(const HclBody& body, ProjectConfig& config) {
    config.passed_over = check_keys(body, kReadOfAMigration, kOfAMigration);
    config.dir = text_for("source", body, "dir", config);
    config.format = option_of(body, "format", {"atlas", "flyway", "golang-migrate", "folders"});
    config.revisions_schema = text_for("history", body, "revisions_schema", config);
    config.baseline = text_of(body, "baseline");
    config.exec_order = option_of(body, "exec_order", {"linear", "linear-skip", "non-linear"});
    config.tx_mode = option_of(body, "tx_mode", {"file", "all", "none"});
    if (const HclAttribute* timeout = body.find("lock_timeout")) {
      config.lock_timeout = parse_duration(evaluator_.evaluate_string(timeout->value));
      if (!config.lock_timeout) {
        refuse_hcl(source_, timeout->value.offset, "this is no duration",
                   "Write it as 10s, 500ms or 1m30s.");
      }
    }
  }

  void take_token(const HclBlock& env, ProjectConfig& config) {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const std::string mark = std::string(kTokenMark) + std::to_string(i) + "-";
      const std::string place = ":" + mark + "@";
      const std::size_t at = config.url.find(place);
      if (at == std::string::npos) continue;
      config.url.erase(at, place.size() - 1);
      config.token = read_token(*tokens_[i]);
    }
    if (config.token) {
      const std::size_t scheme_end = config.url.find("://");
      if (scheme_end == std::string::npos) {
        refuse_hcl(source_, env.offset, "the url of this env has no scheme",
                   "Write it as dsql://USER@HOST/DATABASE or postgres://...");
      }
      if (config.token->kind == ProjectToken::Kind::kDsql) {
        config.url = "dsql" + config.url.substr(scheme_end);
      }
    }
    if ((config.url + config.dir + config.revisions_schema + config.baseline).find(kTokenMark) !=
        std::string::npos) {
      refuse_hcl(
          source_, env.offset, "a token is used for something else than the URL's password",
          "Write the URL as dsql://USER:${urlescape(data.aws_dsql_token.NAME)}@HOST/DATABASE.");
    }
  }

  ProjectToken read_token(const HclBlock& block) {
    ProjectToken token;
    token.kind =
        block.labels[0] == "aws_rds_token" ? ProjectToken::Kind::kRds : ProjectToken::Kind::kDsql;
    token.endpoint = text_of(block.body, "endpoint");
    token.username = text_of(block.body, "username");
    const HclAttribute* admin = block.body.find("admin");
    if (admin != nullptr && evaluator_.evaluate(admin->value) == true) token.username = "admin";
    token.region = text_of(block.body, "region");
    token.profile = text_of(block.body, "profile");
    if (token.endpoint.empty()) refuse_hcl(source_, block.offset, "the token has no endpoint");
    return token;
  }

  const HclSource& source_;
  const ProjectChoice& choice_;
  HclBody body_;
  HclOutside outside_;
  HclEvaluator evaluator_;
  std::string env_;
  std::set<std::string> under_way_;
  std::vector<const HclBlock*> tokens_;
  std::vector<std::string> unset_;  // environment variables that were asked for
};

}  // namespace

ProjectConfig read_project(const HclSource& source, const ProjectChoice& choice,
                           const HclOutside& outside) {
  return Project(source, choice, outside).read();
}

}  // namespace handler
