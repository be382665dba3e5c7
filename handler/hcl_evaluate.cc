#include "handler/hcl_evaluate.h"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "handler/request_error.h"

namespace handler {
namespace {

using Kind = HclExpression::Kind;
using nlohmann::json;

constexpr std::size_t kHeaviest = std::size_t{1} << 20;

std::size_t weight_of(const json& value) {
  if (value.is_string()) return 16 + value.get_ref<const std::string&>().size();
  std::size_t weight = 16;
  for (const auto& item : value.items()) {
    if (!value.is_structured()) break;
    weight += item.key().size() + weight_of(item.value());
  }
  return weight;
}

json whole_when_it_is(double number) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (std::trunc(number) == number && std::fabs(number) <= kExact) {
    return static_cast<long long>(number);
  }
  return number;
}

// a.b["c"] as {"a", {"b"}}: the names as far as they are plain.
const HclExpression* root_of(const HclExpression& expression, std::vector<std::string>& path) {
  const HclExpression* at = &expression;
  while (at->kind == Kind::kAttribute) {
    path.insert(path.begin(), at->text);
    at = &at->parts[0];
  }
  return at->kind == Kind::kVariable ? at : nullptr;
}

std::string named(const std::string& name, const std::vector<std::string>& path) {
  std::string whole = name;
  for (const std::string& part : path) whole += "." + part;
  return whole;
}

}  // namespace

HclEvaluator::HclEvaluator(const HclSource& source, const HclOutside& outside, Resolve resolve)
    : source_(source), outside_(outside), resolve_(std::move(resolve)) {}

json HclEvaluator::weighed(json value, const HclExpression& at) {
  weight_ += weight_of(value);
  if (weight_ > kHeaviest) refuse_hcl(source_, at.offset, "the values grow beyond 1 MiB here");
  return value;
}

json HclEvaluator::evaluate(const HclExpression& expression) {
  constexpr int kDeepest = 500;
  if (depth_ >= kDeepest) refuse_hcl(source_, expression.offset, "this is nested too deeply");
  struct Level {
    explicit Level(int& depth) : depth_(depth) { ++depth_; }
    ~Level() { --depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    int& depth_;
  };
  const Level level(depth_);
  return evaluate_kind(expression);
}

json HclEvaluator::evaluate_kind(const HclExpression& expression) {
  switch (expression.kind) {
    case Kind::kLiteral:
      return weighed(expression.value, expression);
    case Kind::kTemplate:
      return evaluate_template(expression);
    case Kind::kVariable:
    case Kind::kAttribute:
      return evaluate_reference(expression);
    case Kind::kIndex:
      return evaluate_index(expression);
    case Kind::kCall:
      return evaluate_call(expression);
    case Kind::kObject:
      return evaluate_object(expression);
    case Kind::kConditional:
      return evaluate(expression.parts[evaluate_bool(expression.parts[0]) ? 1 : 2]);
    case Kind::kUnary:
      return evaluate_unary(expression);
    case Kind::kBinary:
      return evaluate_binary(expression);
    default:
      break;
  }
  json list = json::array();
  for (const HclExpression& part : expression.parts) list.push_back(evaluate(part));
  return list;
}

std::string HclEvaluator::to_text(const json& value, const HclExpression& at) {
  const std::optional<std::string> text = hcl_text(value);
  if (!text) {
    refuse_hcl(
        source_, at.offset,
        std::string("text is wanted here, and this is ") + (value.is_null()    ? "null"
                                                            : value.is_array() ? "a list"
                                                                               : "an object"));
  }
  return *text;
}

std::string HclEvaluator::evaluate_string(const HclExpression& expression) {
  return to_text(evaluate(expression), expression);
}

bool HclEvaluator::evaluate_bool(const HclExpression& expression) {
  const json value = evaluate(expression);
  if (value.is_boolean()) return value.get<bool>();
  if (value == "true" || value == "false") return value == "true";
  refuse_hcl(source_, expression.offset, "true or false is wanted here");
}

double HclEvaluator::evaluate_number(const HclExpression& expression) {
  const json value = evaluate(expression);
  if (value.is_number()) return value.get<double>();
  refuse_hcl(source_, expression.offset, "a number is wanted here");
}

json HclEvaluator::evaluate_template(const HclExpression& expression) {
  if (expression.parts.size() == 1) return evaluate(expression.parts[0]);
  std::string text;
  for (const HclExpression& part : expression.parts) text += evaluate_string(part);
  return weighed(std::move(text), expression);
}

json HclEvaluator::evaluate_reference(const HclExpression& expression) {
  std::vector<std::string> path;
  const HclExpression* root = root_of(expression, path);
  json value;
  std::size_t used = 0;
  if (root == nullptr) {
    value = evaluate(expression.parts[0]);
    path = {expression.text};
  } else {
    std::optional<Found> found = resolve_(*root, root->text, path);
    if (!found) {
      refuse_hcl(source_, expression.offset, "there is no " + named(root->text, path));
    }
    value = weighed(std::move(found->value), expression);
    used = found->used;
  }
  for (; used < path.size(); ++used) {
    if (!value.is_object() || !value.contains(path[used])) {
      refuse_hcl(source_, expression.offset, "there is no attribute '" + path[used] + "'");
    }
    value = json(value[path[used]]);
  }
  return value;
}

json HclEvaluator::evaluate_index(const HclExpression& expression) {
  const json from = evaluate(expression.parts[0]);
  const json index = evaluate(expression.parts[1]);
  if (from.is_object() && index.is_string() && from.contains(index.get<std::string>())) {
    return from[index.get<std::string>()];
  }
  if (from.is_array() && index.is_number_integer()) {
    const auto at = index.get<long long>();
    if (at >= 0 && static_cast<std::size_t>(at) < from.size()) {
      return from[static_cast<std::size_t>(at)];
    }
  }
  refuse_hcl(source_, expression.parts[1].offset, "there is nothing at this index");
}

json HclEvaluator::evaluate_call(const HclExpression& expression) {
  if (expression.text == "try") return evaluate_try(expression);
  std::vector<json> arguments;
  arguments.reserve(expression.parts.size());
  for (const HclExpression& part : expression.parts) arguments.push_back(evaluate(part));
  std::optional<json> answer;
  try {
    answer = call_hcl_function(expression.text, arguments, outside_);
  } catch (const std::invalid_argument& error) {
    refuse_hcl(source_, expression.offset, expression.text + ": " + error.what());
  }
  if (!answer) refuse_hcl(source_, expression.offset, "there is no function " + expression.text);
  return weighed(std::move(*answer), expression);
}

// The first argument that has a value.
json HclEvaluator::evaluate_try(const HclExpression& expression) {
  for (const HclExpression& part : expression.parts) {
    try {
      return evaluate(part);
    } catch (const RequestError&) {
      if (weight_ > kHeaviest) throw;
    }
  }
  refuse_hcl(source_, expression.offset, "try: none of the arguments has a value");
}

json HclEvaluator::evaluate_object(const HclExpression& expression) {
  json object = json::object();
  for (std::size_t i = 0; i + 1 < expression.parts.size(); i += 2) {
    object[evaluate_string(expression.parts[i])] = evaluate(expression.parts[i + 1]);
  }
  return object;
}

json HclEvaluator::evaluate_unary(const HclExpression& expression) {
  if (expression.text == "!") return !evaluate_bool(expression.parts[0]);
  return whole_when_it_is(-evaluate_number(expression.parts[0]));
}

json HclEvaluator::evaluate_binary(const HclExpression& expression) {
  const HclExpression& left = expression.parts[0];
  const HclExpression& right = expression.parts[1];
  const std::string& op = expression.text;
  if (op == "&&") return evaluate_bool(left) && evaluate_bool(right);
  if (op == "||") return evaluate_bool(left) || evaluate_bool(right);
  if (op == "==") return evaluate(left) == evaluate(right);
  if (op == "!=") return evaluate(left) != evaluate(right);
  const double a = evaluate_number(left);
  const double b = evaluate_number(right);
  if (op == "<") return a < b;
  if (op == ">") return a > b;
  if (op == "<=") return a <= b;
  if (op == ">=") return a >= b;
  if (op == "+") return whole_when_it_is(a + b);
  if (op == "-") return whole_when_it_is(a - b);
  if (op == "*") return whole_when_it_is(a * b);
  if (b == 0) refuse_hcl(source_, right.offset, "this is zero, and it is divided by");
  return whole_when_it_is(op == "/" ? a / b : std::fmod(a, b));
}

}  // namespace handler
