// Values of HCL expressions.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "handler/hcl_syntax.h"

namespace handler {

struct HclOutside {
  std::function<std::string(const std::string&)> getenv;  // "" for a variable that is not set
  // A file beside the configuration; nullopt when there is none.
  std::function<std::optional<std::string>(const std::string&)> read_file;
};

class HclEvaluator {
 public:
  // What `name` stands for at the start of a reference: `path` are the names behind it, and the
  // answer says how many of them it has used. Called again for every use.
  struct Found {
    nlohmann::json value;
    std::size_t used = 0;
  };
  using Resolve = std::function<std::optional<Found>(
      const HclExpression& at, const std::string& name, const std::vector<std::string>& path)>;

  // All must outlive the evaluator.
  HclEvaluator(const HclSource& source, const HclOutside& outside, Resolve resolve);

  // Throws RequestError with the place (refuse_hcl) for what has no value, has the wrong type or
  // grows beyond 1 MiB in all, and for values that need too many others.
  nlohmann::json evaluate(const HclExpression& expression);
  std::string evaluate_string(const HclExpression& expression);  // numbers and booleans as text

 private:
  nlohmann::json evaluate_kind(const HclExpression& expression);
  nlohmann::json evaluate_template(const HclExpression& expression);
  nlohmann::json evaluate_reference(const HclExpression& expression);
  nlohmann::json evaluate_index(const HclExpression& expression);
  nlohmann::json evaluate_call(const HclExpression& expression);
  nlohmann::json evaluate_try(const HclExpression& expression);
  nlohmann::json evaluate_object(const HclExpression& expression);
  nlohmann::json evaluate_unary(const HclExpression& expression);
  nlohmann::json evaluate_binary(const HclExpression& expression);
  bool evaluate_bool(const HclExpression& expression);
  double evaluate_number(const HclExpression& expression);
  std::string to_text(const nlohmann::json& value, const HclExpression& at);
  nlohmann::json weighed(nlohmann::json value, const HclExpression& at);

  const HclSource& source_;
  const HclOutside& outside_;
  Resolve resolve_;
  std::size_t weight_ = 0;
  int depth_ = 0;
};

// A function's answer; throws std::invalid_argument with what is wrong with the arguments.
// nullopt when there is no function of that name.
std::optional<nlohmann::json> call_hcl_function(const std::string& name,
                                                const std::vector<nlohmann::json>& arguments,
                                                const HclOutside& outside);

// A scalar as a template has it; nullopt for null, lists and objects.
std::optional<std::string> hcl_text(const nlohmann::json& value);

}  // namespace handler
