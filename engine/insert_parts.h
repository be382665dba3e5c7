// An INSERT ... VALUES that is too large for one transaction of Aurora DSQL, cut between its rows
// into statements that fit. Pure. Parts are made one at a time and are a view of the text till
// then: its tokens would take many times its room.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/lexer.h"

namespace engine {

// Aurora DSQL: 3,000 rows a transaction, the ledger's own among them; 10 MiB a transaction, with
// what rows and indexes add to their values, and a message (user guide, "Cluster quotas and
// database limits"). A row that is larger than `bytes` is a part of its own.
struct InsertLimits {
  long long rows = 2'990;
  std::size_t bytes = 4 << 20;
};

struct InsertPart {
  std::string sql;
  long long rows = 0;
  long long done = 0;  // rows of the statement, from the first, when this part is in
  bool last = false;
};

class InsertParts {
 public:
  // nullopt when the statement is not one that can be cut: INSERT INTO t [AS a] [(columns)]
  // [OVERRIDING ...] VALUES (...), (...) [ON CONFLICT ...] [RETURNING ...]. The text must outlive
  // the parts.
  static std::optional<InsertParts> parse(std::string_view insert);

  long long rows() const { return rows_; }
  // The rows up to `done` are in.
  void skip_to(long long done);
  // As many rows as the limits let in, at least one; nullopt when there is none left.
  std::optional<InsertPart> next(const InsertLimits& limits);
  // The part before is to be made again.
  void go_back();

  // Where the code point `position` (from 1) of the last part's text is in the statement's.
  int position_in_statement(int position) const;

 private:
  struct Place {
    TokenStream tokens;
    long long done = 0;
  };
  // Offsets in the text.
  struct Row {
    std::size_t begin;
    std::size_t end;
  };

  InsertParts(std::string_view insert, std::size_t rows_begin, std::size_t rows_end);
  std::optional<Row> read_row();

  std::string_view text_;
  std::string_view head_;  // up to and with VALUES
  std::string_view tail_;  // from ON CONFLICT or RETURNING
  std::string_view values_;
  long long rows_ = 0;
  Place at_;
  Place before_;  // of the last part
  Row part_ = {0, 0};
};

// Whether a statement is such an INSERT whose rows are as written, without a query of their own.
bool inserts_written_rows(std::string_view statement);

// Whether a statement is such an INSERT and larger than those limits.
bool must_be_cut(std::string_view statement, const InsertLimits& limits = {});

}  // namespace engine
