#include "engine/name.h"
#include "engine/settlement_statement.h"

namespace engine::settlement {
namespace {

void clip(std::string& name, std::size_t length) {
  if (name.size() <= length) return;
  while (length > 0 && (static_cast<unsigned char>(name[length]) & 0xc0) == 0x80) --length;
  name.resize(length);
}

}  // namespace

std::string join_generated_names(const std::vector<std::string>& names) {
  std::string joined_names;
  for (const auto& name : names) {
    if (!joined_names.empty()) joined_names += '_';
    joined_names += name;
    if (joined_names.size() > kNameLength) break;
  }
  return joined_names;
}

std::string make_generated_name(std::string name1, std::string name2, const std::string& label) {
  const std::size_t available =
      kNameLength - (name2.empty() ? 0 : 1) - (label.empty() ? 0 : label.size() + 1);
  std::size_t length1 = name1.size();
  std::size_t length2 = name2.size();
  while (length1 + length2 > available) --(length1 > length2 ? length1 : length2);
  clip(name1, length1);
  clip(name2, length2);
  std::string name = std::move(name1);
  if (!name2.empty()) name += '_' + name2;
  if (!label.empty()) name += '_' + label;
  return name;
}

}  // namespace engine::settlement
