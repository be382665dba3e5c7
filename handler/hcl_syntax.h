// HCL's native syntax as a tree: attributes and blocks, expressions and templates.
// Source: hashicorp/hcl, hclsyntax/spec.md ("HCL Native Syntax Specification").
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "handler/request_error.h"

namespace handler {

struct HclSource {
  std::string name;  // "aurora.hcl", for messages
  std::string text;
};

struct HclExpression {
  enum class Kind {
    kLiteral,      // value
    kTemplate,     // parts are joined; a single part keeps its type
    kVariable,     // text: the first name of a reference
    kAttribute,    // parts[0].text
    kIndex,        // parts[0][parts[1]]
    kCall,         // text(parts...)
    kList,         // [parts...]
    kObject,       // {parts[0] = parts[1], parts[2] = parts[3], ...}
    kConditional,  // parts[0] ? parts[1] : parts[2]
    kUnary,        // text parts[0]
    kBinary,       // parts[0] text parts[1]
  };
  Kind kind = Kind::kLiteral;
  std::size_t offset = 0;  // of its first byte in the source
  std::string text;
  nlohmann::json value;
  std::vector<HclExpression> parts;
};

struct HclAttribute {
  std::string name;
  std::size_t offset = 0;
  HclExpression value;
};

struct HclBlock;

struct HclBody {
  std::vector<HclAttribute> attributes;
  std::vector<HclBlock> blocks;

  const HclAttribute* find(std::string_view name) const;    // nullptr for none
  const HclBlock* find_block(std::string_view type) const;  // the first one; nullptr for none
};

struct HclBlock {
  std::string type;
  std::vector<std::string> labels;
  std::size_t offset = 0;
  HclBody body;
};

// Throws RequestError naming the field "config": FILE:LINE:COLUMN, what is wrong, the line and a
// caret. What is in strings is masked in that line. Not read: for expressions, splats (*), template
// directives (%{ }). Nesting deeper than about 30 brackets is refused.
HclBody parse_hcl(const HclSource& source);

// The error parse_hcl throws, for those who find a fault later.
RequestError make_hcl_error(const HclSource& source, std::size_t offset, const std::string& message,
                            const std::string& hint = "");
[[noreturn]] void refuse_hcl(const HclSource& source, std::size_t offset,
                             const std::string& message, const std::string& hint = "");

}  // namespace handler
