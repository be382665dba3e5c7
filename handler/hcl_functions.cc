// The functions of Atlas's and aurora's configurations that a migration's settings use. The list:
// atlasgo.io, "Atlas Configuration", functions; meanings: hashicorp/hcl and Terraform's of the
// name.

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

#include "handler/hcl_evaluate.h"

namespace handler {
namespace {

using nlohmann::json;
using Arguments = std::vector<json>;

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument(what); }

void refuse_long(const std::string& text) {
  if (text.size() > (std::size_t{1} << 20)) refuse("the text grows beyond 1 MiB");
}

std::string text(const Arguments& arguments, std::size_t index) {
  const std::optional<std::string> value = hcl_text(arguments[index]);
  if (!value) refuse("argument " + std::to_string(index + 1) + " is not text");
  return *value;
}

const json& list(const Arguments& arguments, std::size_t index) {
  if (!arguments[index].is_array()) {
    refuse("argument " + std::to_string(index + 1) + " is not a list");
  }
  return arguments[index];
}

// As Go's url.QueryEscape, but for the blank: %20 is one everywhere in a URL, '+' is a plus in the
// user and password.
std::string url_escaped(const std::string& value) {
  std::string out;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else {
      out += std::string("%") + "0123456789ABCDEF"[byte >> 4] + "0123456789ABCDEF"[byte & 15];
    }
  }
  return out;
}

std::string url_with_query(const std::string& url, const std::string& name,
                           const std::string& value) {
  const std::size_t question = url.find('?');
  std::string out = url.substr(0, question) + "?";
  std::string rest = question == std::string::npos ? "" : url.substr(question + 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    if (rest.compare(0, rest.find_first_of("=&"), url_escaped(name)) != 0) {
      out += rest.substr(0, end) + "&";
    }
    rest.erase(0, end + 1);
  }
  return out + url_escaped(name) + "=" + url_escaped(value);
}

std::size_t authority_start(const std::string& url) {
  const std::size_t separator = url.find("://");
  if (separator == std::string::npos) refuse("argument 1 is no URL");
  return separator + 3;
}

std::string url_with_path(const std::string& url, std::string path) {
  const std::size_t end = std::min(url.find_first_of("/?#", authority_start(url)), url.size());
  const std::size_t rest = std::min(url.find_first_of("?#", end), url.size());
  if (!path.starts_with('/')) path.insert(0, "/");
  return url.substr(0, end) + path + url.substr(rest);
}

std::string url_with_user(const std::string& url, const Arguments& arguments) {
  const std::size_t start = authority_start(url);
  const std::size_t end = std::min(url.find_first_of("/?#", start), url.size());
  const std::size_t at = url.substr(0, end).rfind('@');
  const std::size_t host = at == std::string::npos || at < start ? start : at + 1;
  std::string user = url_escaped(text(arguments, 1));
  if (arguments.size() == 3) user += ":" + url_escaped(text(arguments, 2));
  return url.substr(0, start) + user + "@" + url.substr(host);
}

std::string replaced(std::string value, const std::string& from, const std::string& to) {
  if (from.empty()) refuse("argument 2 is empty");
  for (std::size_t at = value.find(from); at != std::string::npos;
       at = value.find(from, at + to.size())) {
    value.replace(at, from.size(), to);
    refuse_long(value);
  }
  return value;
}

std::string trimmed(const std::string& value) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const std::size_t first = value.find_first_not_of(kBlanks);
  if (first == std::string::npos) return "";
  return value.substr(first, value.find_last_not_of(kBlanks) + 1 - first);
}

template <typename Change>
std::string changed(std::string value, Change change) {
  std::transform(value.begin(), value.end(), value.begin(),
                 [&](unsigned char c) { return static_cast<char>(c < 0x80 ? change(c) : c); });
  return value;
}

json split(const std::string& separator, const std::string& value) {
  if (separator.empty()) refuse("argument 1 is empty");
  json parts = json::array();
  std::size_t start = 0;
  for (std::size_t at = value.find(separator); at != std::string::npos;
       at = value.find(separator, start)) {
    parts.push_back(value.substr(start, at - start));
    start = at + separator.size();
  }
  parts.push_back(value.substr(start));
  return parts;
}

std::string joined(const std::string& separator, const json& parts) {
  std::string out;
  for (const json& part : parts) {
    const std::optional<std::string> value = hcl_text(part);
    if (!value) refuse("an element of the list is not text");
    out += (&part == &parts.front() ? "" : separator) + *value;
    refuse_long(out);
  }
  return out;
}

std::string formatted(const Arguments& arguments) {
  const std::string pattern = text(arguments, 0);
  std::string out;
  std::size_t next = 1;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      out += pattern[i];
      continue;
    }
    const char verb = ++i < pattern.size() ? pattern[i] : '\0';
    if (verb == '%') {
      out += '%';
    } else if (verb != 's' && verb != 'd' && verb != 'v') {
      refuse("only %s, %d, %v and %% are read");
    } else if (next >= arguments.size()) {
      refuse("there are more %s than arguments");
    } else {
      out += text(arguments, next++);
    }
  }
  if (next != arguments.size()) refuse("there are more arguments than %s");
  return out;
}

json unique(const json& values) {
  json out = json::array();
  for (const json& value : values) {
    if (std::find(out.begin(), out.end(), value) == out.end()) out.push_back(value);
  }
  return out;
}

json first_with_value(const Arguments& arguments) {
  for (const json& value : arguments) {
    const bool no_text = value.is_string() && value.get_ref<const std::string&>().empty();
    if (!value.is_null() && !no_text) return value;
  }
  refuse("none of the arguments has a value");
}

json concatenated(const Arguments& arguments) {
  json out = json::array();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    for (const json& value : list(arguments, i)) out.push_back(value);
  }
  return out;
}

json element(const Arguments& arguments) {
  const json& values = list(arguments, 0);
  if (values.empty() || !arguments[1].is_number_integer() || arguments[1].get<long long>() < 0) {
    refuse("the list is empty, or the index is no number from 0");
  }
  return values[static_cast<std::size_t>(arguments[1].get<long long>()) % values.size()];
}

std::string file(const Arguments& arguments, const HclOutside& outside) {
  const std::string path = text(arguments, 0);
  std::optional<std::string> content = outside.read_file(path);
  if (!content) refuse("there is no file " + path);
  return std::move(*content);
}

json parsed(const std::string& value) {
  constexpr std::size_t kDeepest = 64;
  std::size_t depth = 0;
  for (const char c : value) {  // the parser recurses; brackets in strings only make this stricter
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (depth > kDeepest) refuse("the JSON is nested too deeply");
  }
  json out = json::parse(value, nullptr, false);
  if (out.is_discarded()) refuse("this is no JSON");
  return out;
}

using In = const Arguments&;
using Outside = const HclOutside&;

struct Function {
  std::string_view name;
  std::size_t least;
  std::size_t most;
  json (*call)(In, Outside);
};

constexpr std::size_t kAny = 1000;

json trimprefix(In in, Outside) {
  const std::string value = text(in, 0);
  const std::string prefix = text(in, 1);
  return value.starts_with(prefix) ? value.substr(prefix.size()) : value;
}

json trimsuffix(In in, Outside) {
  const std::string value = text(in, 0);
  const std::string suffix = text(in, 1);
  return value.ends_with(suffix) ? value.substr(0, value.size() - suffix.size()) : value;
}

json contains(In in, Outside) {
  const json& values = list(in, 0);
  return std::find(values.begin(), values.end(), in[1]) != values.end();
}

json length(In in, Outside) { return in[0].is_structured() ? in[0].size() : text(in, 0).size(); }

constexpr std::array kFunctions = {
    Function{"getenv", 1, 1, [](In in, Outside out) -> json { return out.getenv(text(in, 0)); }},
    Function{"file", 1, 1, [](In in, Outside out) -> json { return file(in, out); }},
    Function{"urlescape", 1, 1, [](In in, Outside) -> json { return url_escaped(text(in, 0)); }},
    Function{"urlqueryset", 3, 3,
             [](In in, Outside) -> json {
               return url_with_query(text(in, 0), text(in, 1), text(in, 2));
             }},
    Function{"urlsetpath", 2, 2,
             [](In in, Outside) -> json { return url_with_path(text(in, 0), text(in, 1)); }},
    Function{"urluserinfo", 2, 3,
             [](In in, Outside) -> json { return url_with_user(text(in, 0), in); }},
    Function{"format", 1, kAny, [](In in, Outside) -> json { return formatted(in); }},
    Function{"join", 2, 2, [](In in, Outside) -> json { return joined(text(in, 0), list(in, 1)); }},
    Function{"split", 2, 2, [](In in, Outside) -> json { return split(text(in, 0), text(in, 1)); }},
    Function{
        "replace", 3, 3,
        [](In in, Outside) -> json { return replaced(text(in, 0), text(in, 1), text(in, 2)); }},
    Function{"upper", 1, 1,
             [](In in, Outside) -> json {
               return changed(text(in, 0), [](int c) { return std::toupper(c); });
             }},
    Function{"lower", 1, 1,
             [](In in, Outside) -> json {
               return changed(text(in, 0), [](int c) { return std::tolower(c); });
             }},
    Function{"trimspace", 1, 1, [](In in, Outside) -> json { return trimmed(text(in, 0)); }},
    Function{"trimprefix", 2, 2, trimprefix},
    Function{"trimsuffix", 2, 2, trimsuffix},
    Function{"concat", 1, kAny, [](In in, Outside) -> json { return concatenated(in); }},
    Function{"contains", 2, 2, contains},
    Function{"element", 2, 2, [](In in, Outside) -> json { return element(in); }},
    Function{"length", 1, 1, length},
    Function{"coalesce", 1, kAny, [](In in, Outside) -> json { return first_with_value(in); }},
    Function{"tostring", 1, 1, [](In in, Outside) -> json { return text(in, 0); }},
    Function{"tolist", 1, 1, [](In in, Outside) -> json { return list(in, 0); }},
    Function{"toset", 1, 1, [](In in, Outside) -> json { return unique(list(in, 0)); }},
    Function{"jsondecode", 1, 1, [](In in, Outside) -> json { return parsed(text(in, 0)); }},
};

}  // namespace

std::optional<std::string> hcl_text(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number()) return value.dump();
  return std::nullopt;
}

std::optional<json> call_hcl_function(const std::string& name, const Arguments& arguments,
                                      const HclOutside& outside) {
  const auto* function = std::find_if(kFunctions.begin(), kFunctions.end(),
                                      [&](const Function& f) { return f.name == name; });
  if (function == kFunctions.end()) return std::nullopt;
  if (arguments.size() < function->least || arguments.size() > function->most) {
    refuse("it takes " + std::to_string(function->least) +
           (function->most == function->least ? "" : " or more") + " arguments");
  }
  return function->call(arguments, outside);
}

}  // namespace handler
