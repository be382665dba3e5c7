#include "runtime/xml.h"

#include <gtest/gtest.h>

#include <random>

#include "runtime/error.h"

namespace {

using namespace runtime;

std::string failure_of(const std::string& document) {
  try {
    parse_xml(document);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kProtocol);
    return error.what();
  }
  return "";
}

TEST(Xml, reads_elements_and_text_with_prolog_namespaces_and_attributes) {
  const XmlElement root = parse_xml(
      "\xEF\xBB\xBF<?xml version=\"1.0\"?>\n<!-- c --><s3:R xmlns:s3=\"http://x\" a='b'>"
      "<Name>n</Name><Empty/><Empty2 ></Empty2 ><Deep><Key> k </Key></Deep></s3:R>\n");
  EXPECT_EQ(root.name, "R");
  EXPECT_EQ(root.text_of("Name"), "n");
  EXPECT_EQ(root.text_of("Empty"), "");
  EXPECT_EQ(root.text_of("Missing"), "");
  ASSERT_NE(root.find("Deep"), nullptr);
  EXPECT_EQ(root.find("Deep")->text_of("Key"), " k ");
  EXPECT_EQ(root.children.size(), 4U);
}

TEST(Xml, resolves_entities_references_and_cdata) {
  EXPECT_EQ(parse_xml("<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&#x1F9A4;&#xe9;&#1;</a>").text,
            "<>&\"'AB\xF0\x9F\xA6\xA4\xC3\xA9\x01");
  EXPECT_EQ(parse_xml("<a>x<![CDATA[<&>]]>y</a>").text, "x<&>y");
}

TEST(Xml, refuses_what_is_not_well_formed) {
  for (const char* document : {"",
                               " ",
                               "text",
                               "<",
                               "<a",
                               "<a>",
                               "<a></b>",
                               "<a></a",
                               "<a/><b/>",
                               "<a/>x",
                               "<a b></a>",
                               "<a b=c/>",
                               "<a b=\"<\"/>",
                               "<a b=\"c/>",
                               "<a b='c'd='e'/>",
                               "<a>&nope;</a>",
                               "<a>&#0;</a>",
                               "<a>&#xD800;</a>",
                               "<a>&#x110000;</a>",
                               "<a>&#12a;</a>",
                               "<a>&#;</a>",
                               "<a>&amp</a>",
                               "<a><![CDATA[x</a>",
                               "<a><!-- x</a>",
                               "<a><?x</a>",
                               "<1></2>",
                               "</a>",
                               "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"}) {
    EXPECT_NE(failure_of(document), "") << document;
  }
}

TEST(Xml, failure_names_the_offset_and_not_the_content) {
  EXPECT_EQ(failure_of("<a>secret</b>"),
            "the service's XML answer has an end tag that does not match (byte 12)");
}

TEST(Xml, depth_is_bounded) {
  const auto nested = [](int depth) {
    std::string document;
    for (int i = 0; i < depth; ++i) document += "<a>";
    for (int i = 0; i < depth; ++i) document += "</a>";
    return document;
  };
  EXPECT_EQ(failure_of(nested(16)), "");
  EXPECT_NE(failure_of(nested(17)), "");
  EXPECT_NE(failure_of(nested(100000)), "");
}

TEST(Xml, length_is_bounded) {
  EXPECT_NE(failure_of("<a>" + std::string(std::size_t{33} << 20, 'x') + "</a>"), "");
}

// Whatever one or two bytes of damage do, the answer is a document or an Error.
TEST(Xml, damaged_documents_parse_or_throw_an_error) {
  const std::string whole =
      "<?xml version=\"1.0\"?><L xmlns=\"u\"><C><Key>a&amp;b&#x42;</Key><Size>1</Size></C>"
      "<!-- c --><![CDATA[d]]><E/></L>";
  std::mt19937 random(20261121);
  int refused = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string damaged = whole.substr(0, i % 7 == 0 ? random() % whole.size() : whole.size());
    for (unsigned n = 1 + random() % 2; n > 0 && !damaged.empty(); --n) {
      damaged[random() % damaged.size()] = "<>&;/!?'\"= a\0\xff"[random() % 14];
    }
    try {
      parse_xml(damaged);
    } catch (const Error& error) {
      ++refused;
      EXPECT_EQ(error.kind(), ErrorKind::kProtocol);
    }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
