// A strict reader for the small, flat XML documents of S3 and STS.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace runtime {

// One element: its local name (a namespace prefix is dropped), the character data directly inside
// it with entities resolved, and its child elements in order. Attributes are dropped.
struct XmlElement {
  std::string name;
  std::string text;
  std::vector<XmlElement> children;

  // The first child of that name; nullptr when there is none. Lives as long as this element.
  const XmlElement* find(std::string_view child) const;
  // That child's text, "" when there is none.
  std::string_view text_of(std::string_view child) const;
};

// The root element. Throws Error(kProtocol), naming the byte offset and never the content, for
// anything that is not well-formed, for a DOCTYPE or an entity XML does not predefine, for more
// than 16 levels, and for documents over 32 MiB. References to control characters are accepted:
// S3 sends them in keys.
XmlElement parse_xml(std::string_view document);

}  // namespace runtime
