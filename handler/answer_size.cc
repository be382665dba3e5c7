#include "handler/answer_size.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

namespace handler {
namespace {

using json = nlohmann::ordered_json;

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

constexpr std::size_t kNameBytes = 200;  // for what says that something was left out

struct List {
  std::string name;
  std::vector<std::size_t> sizes;  // of its members, each with its comma
  std::size_t bytes = 0;
};

std::vector<List> measure_lists(const json& answer) {
  std::vector<List> lists;
  for (const auto& [name, value] : answer.items()) {
    if (!value.is_array()) continue;
    List list{name, {}};
    for (const auto& member : value) {
      list.sizes.push_back(dump(member).size() + 1);
      list.bytes += list.sizes.back();
    }
    lists.push_back(std::move(list));
  }
  std::sort(lists.begin(), lists.end(),
            [](const List& a, const List& b) { return a.bytes > b.bytes; });
  return lists;
}

// Takes members off the end until `excess` bytes are gone, or none is left; how many.
std::size_t cut_list(const List& list, std::size_t excess, json* value) {
  std::size_t kept = list.sizes.size();
  std::size_t gone = 0;
  while (kept > 0 && gone < excess) gone += list.sizes[--kept];
  value->erase(value->begin() + static_cast<json::difference_type>(kept), value->end());
  return list.sizes.size() - kept;
}

void note_omitted(const std::string& name, std::size_t count, json* answer) {
  auto& omitted = (*answer)["omitted"][name];
  omitted = (omitted.is_number() ? omitted.get<std::size_t>() : 0) + count;
}

void drop_table(json* answer) {
  const auto& table = answer->at("table").get_ref<const std::string&>();
  const auto lines = static_cast<std::size_t>(std::count(table.begin(), table.end(), '\n'));
  answer->erase("table");
  note_omitted("table", lines, answer);
}

}  // namespace

std::string dump_answer(json answer, std::size_t limit) {
  auto text = dump(answer);
  if (text.size() <= limit) return text;
  if (answer.contains("table")) drop_table(&answer);
  for (const auto& list : measure_lists(answer)) {
    const auto size = dump(answer).size();
    if (size <= limit) break;
    const auto count = cut_list(list, size + kNameBytes - limit, &answer[list.name]);
    if (count > 0) note_omitted(list.name, count, &answer);
    const auto& left = answer[list.name];
    if (list.name == "info" && !left.empty()) answer["next"] = left.back()["version"];
  }
  return dump(answer);
}

}  // namespace handler
