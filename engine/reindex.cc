#include "engine/reindex.h"

#include "engine/lexer.h"
#include "engine/token_reader.h"

namespace engine {

bool is_reindex_concurrently(const std::string& sql) {
  const auto lexed = lex(sql);
  TokenReader reader(lexed.tokens);
  if (!reader.accept("reindex")) return false;
  for (; !reader.at_end(); reader.advance()) {
    if (reader.peek("concurrently")) return true;
  }
  return false;
}

Query make_find_leftovers() {
  return {
      "SELECT string_agg(quote_ident(n.nspname) || '.' || quote_ident(c.relname), ', ' "
      "ORDER BY n.nspname, c.relname) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
      "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisvalid "
      "AND c.relname ~ '_cc(new|old)[0-9]*$' AND n.nspname <> 'pg_toast'"};
}

}  // namespace engine
