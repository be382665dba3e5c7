// The characters of an HCL file, and what is read from them. Private to the hcl_ files.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "handler/hcl_syntax.h"

namespace handler {

class HclReader {
 public:
  explicit HclReader(const HclSource& source) : source_(source), text_(source.text) {}

  HclBody read_file();

 private:
  // hcl_parse.cc
  HclBody read_body(bool in_block);
  void read_item(HclBody& body);
  HclBlock read_block(std::string type, std::size_t offset);
  std::string read_label();
  void end_line(std::string_view what);

  // hcl_expression.cc
  HclExpression read_expression();
  HclExpression read_binary(int lowest);
  HclExpression read_unary();
  HclExpression read_primary();
  HclExpression read_postfix(HclExpression from);
  HclExpression read_number();
  HclExpression read_name();
  HclExpression read_list();
  HclExpression read_object();
  HclExpression read_object_key();
  std::string take_operator(int lowest, int* precedence);

  // hcl_template.cc
  HclExpression read_string();
  HclExpression read_heredoc();
  // Up to `end`: the closing quote of a string (escapes are read), or the end of a heredoc's text.
  HclExpression read_template(std::size_t offset, bool quoted, std::size_t end);
  void read_interpolation(HclExpression& into, std::string& literal, bool* trim_next);
  void read_escape(std::string& literal);

  // hcl_parse.cc: characters
  bool at_end() const { return at_ >= text_.size(); }
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool starts_with(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  bool accept(std::string_view what);
  void expect(std::string_view what, const char* why);
  void skip_blanks();  // and comments; line ends too where they mean nothing
  void skip_blank_lines();
  bool at_line_end() const;
  bool at_name() const;
  std::string take_name();
  [[noreturn]] void refuse(const std::string& message, const std::string& hint = "") const {
    refuse_hcl(source_, at_, message, hint);
  }

  // Counts how deep expressions and blocks are in each other.
  class Depth {
   public:
    explicit Depth(HclReader& reader) : reader_(reader) {
      if (++reader_.depth_ > 96) reader_.refuse("this is nested too deeply");
    }
    ~Depth() { --reader_.depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;

   private:
    HclReader& reader_;
  };

  // Line ends are blanks between brackets and end an expression elsewhere.
  class LineEnds {
   public:
    LineEnds(HclReader& reader, bool are_blanks)
        : reader_(reader), before_(reader.line_ends_are_blanks_) {
      reader_.line_ends_are_blanks_ = are_blanks;
    }
    ~LineEnds() { reader_.line_ends_are_blanks_ = before_; }
    LineEnds(const LineEnds&) = delete;
    LineEnds& operator=(const LineEnds&) = delete;

   private:
    HclReader& reader_;
    bool before_;
  };

  const HclSource& source_;
  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool line_ends_are_blanks_ = false;
};

}  // namespace handler
