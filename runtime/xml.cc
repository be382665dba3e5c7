#include "runtime/xml.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "runtime/error.h"

namespace runtime {
namespace {

constexpr int kMaxDepth = 16;
constexpr std::size_t kMaxDocument = std::size_t{32} << 20;
constexpr std::size_t kMaxReference = 10;  // "#x10FFFF" and room for leading zeros

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_name_char(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == ':' || static_cast<unsigned char>(c) >= 0x80;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto add = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xC0 | (code >> 6));
    add(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    add(0xE0 | (code >> 12));
    add(0x80 | ((code >> 6) & 0x3F));
    add(0x80 | (code & 0x3F));
  } else {
    add(0xF0 | (code >> 18));
    add(0x80 | ((code >> 12) & 0x3F));
    add(0x80 | ((code >> 6) & 0x3F));
    add(0x80 | (code & 0x3F));
  }
}

class Reader {
 public:
  explicit Reader(std::string_view document) : in_(document) {}

  XmlElement read_document() {
    if (in_.size() > kMaxDocument) fail("is too long");
    take("\xEF\xBB\xBF");
    skip_misc();
    XmlElement root = read_element(1);
    skip_misc();
    if (at_ != in_.size()) fail("goes on after its root element");
    return root;
  }

 private:
  [[noreturn]] void fail(const char* why) const {
    throw Error(ErrorKind::kProtocol, std::string("the service's XML answer ") + why + " (byte " +
                                          std::to_string(at_) + ")");
  }

  bool take(std::string_view token) {
    if (in_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }

  void expect(std::string_view token) {
    if (!take(token)) fail("is not well-formed");
  }

  std::string_view take_until(std::string_view token) {
    const std::size_t end = in_.find(token, at_);
    if (end == std::string_view::npos) fail("ends too early");
    const std::string_view text = in_.substr(at_, end - at_);
    at_ = end + token.size();
    return text;
  }

  void skip_space() {
    while (at_ < in_.size() && is_space(in_[at_])) ++at_;
  }

  bool skip_comment() {
    if (take("<!--")) return take_until("-->"), true;
    if (take("<?")) return take_until("?>"), true;
    return false;
  }

  void skip_misc() {
    do skip_space();
    while (skip_comment());
  }

  std::string_view read_name() {
    const std::size_t begin = at_;
    while (at_ < in_.size() && is_name_char(in_[at_])) ++at_;
    if (at_ == begin) fail("is not well-formed");
    return in_.substr(begin, at_ - begin);
  }

  // Everything in a start tag after the name; true when the element is empty ("<a/>").
  bool skip_attributes() {
    for (;;) {
      const std::size_t before = at_;
      skip_space();
      if (take("/>")) return true;
      if (take(">")) return false;
      if (at_ == before) fail("is not well-formed");
      read_name();
      skip_space();
      expect("=");
      skip_space();
      const std::string_view quote = take("\"") ? "\"" : "'";
      if (quote == "'") expect("'");
      if (take_until(quote).find('<') != std::string_view::npos) fail("is not well-formed");
    }
  }

  XmlElement read_element(int depth) {
    if (depth > kMaxDepth) fail("is nested too deeply");
    expect("<");
    const std::string_view name = read_name();
    XmlElement element;
    element.name = name.substr(name.find(':') + 1);
    if (skip_attributes()) return element;
    while (!take("</")) read_content(element, depth);
    if (read_name() != name) fail("has an end tag that does not match");
    skip_space();
    expect(">");
    return element;
  }

  void read_content(XmlElement& element, int depth) {
    if (skip_comment()) return;
    if (take("<![CDATA[")) {
      element.text += take_until("]]>");
    } else if (at_ < in_.size() && in_[at_] == '<') {
      element.children.push_back(read_element(depth + 1));
    } else {
      read_text(element.text);
    }
  }

  void read_text(std::string& out) {
    const std::size_t end = in_.find_first_of("<&", at_);
    if (end == std::string_view::npos) fail("ends too early");
    out += in_.substr(at_, end - at_);
    at_ = end;
    if (in_[at_] == '&') read_reference(out);
  }

  void read_reference(std::string& out) {
    static constexpr std::array<std::pair<std::string_view, char>, 5> kEntities = {
        {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
    ++at_;
    const std::string_view name = take_until(";");
    const auto known = std::find_if(kEntities.begin(), kEntities.end(),
                                    [name](const auto& entity) { return entity.first == name; });
    if (known != kEntities.end()) {
      out += known->second;
    } else if (name.starts_with('#') && name.size() <= kMaxReference) {
      append_utf8(out, read_code_point(name.substr(1)));
    } else {
      fail("has an unknown entity");
    }
  }

  std::uint32_t read_code_point(std::string_view digits) const {
    const bool hex = digits.starts_with('x');
    if (hex) digits.remove_prefix(1);
    std::uint32_t code = 0;
    const char* begin = digits.data();
    const char* end = begin + digits.size();
    const auto [stop, error] = std::from_chars(begin, end, code, hex ? 16 : 10);
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (error != std::errc{} || stop != end || code == 0 || code > 0x10FFFF || surrogate) {
      fail("has a reference to no character");
    }
    return code;
  }

  std::string_view in_;
  std::size_t at_ = 0;
};

}  // namespace

const XmlElement* XmlElement::find(std::string_view child) const {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [child](const XmlElement& e) { return e.name == child; });
  return found == children.end() ? nullptr : &*found;
}

std::string_view XmlElement::text_of(std::string_view child) const {
  const XmlElement* found = find(child);
  return found == nullptr ? std::string_view{} : std::string_view(found->text);
}

XmlElement parse_xml(std::string_view document) { return Reader(document).read_document(); }

}  // namespace runtime
