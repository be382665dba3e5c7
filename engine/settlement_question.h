// Parts of catalog questions. A condition is an SQL boolean expression that may be NULL, which
// counts as false; a relation or type is a scalar sub-select giving its oid, NULL when there is
// none. All look names up in the catalogs themselves: no function that fails for a missing object
// or schema, or asks for a privilege. In every one the object looked for is o, its schema n.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/settlement_forms.h"
#include "engine/token_reader.h"

namespace engine::settlement {

// The parameters of a question while it is built.
class Question {
 public:
  explicit Question(Dialect dialect) : dialect_(dialect) {}

  Dialect dialect() const { return dialect_; }
  // An SQL expression of type text with this value: a parameter, the same one for equal values.
  std::string text(std::string_view value);
  // The values joined, as joined() joins those of a query, and what stands between two of them.
  std::string list(const std::vector<std::string>& values);
  std::string separator();
  const std::vector<Value>& parameters() const { return parameters_; }

 private:
  Dialect dialect_;
  std::vector<Value> parameters_;
};

// What a statement leaves in the catalog. Both false: unclear.
struct Evidence {
  std::string done;
  std::string not_done;
};

// SELECT CASE over the conditions in order, 'unclear' when none holds.
Settlement ask(Form form, const Question& question,
               const std::vector<std::pair<std::string, std::string>>& answers);
Settlement ask(Form form, const Question& question, const Evidence& evidence);

// A name as the catalog has it; `schema` is "" when not written.
struct ObjectName {
  std::string schema;
  std::string name;
};

// nullopt, nothing consumed, when the next token is no name. Of three parts the first, the
// database, is left out.
std::optional<ObjectName> accept_object_name(TokenReader& reader);

// A name of one part; "" when the next token is no name.
std::string accept_simple_name(TokenReader& reader);

// The value of a plain '...' or $$...$$ string; nullopt for another token or kind of string.
std::optional<std::string> accept_string(TokenReader& reader);

// Whether the words stand somewhere between here and the end, outside parentheses.
bool has_words(TokenReader reader, std::initializer_list<std::string_view> words);

// Goes behind the first occurrence of `word` outside parentheses; false at the end.
bool skip_behind(TokenReader& reader, std::string_view word);

// Where objects of a kind are listed.
struct Catalog {
  std::string_view table;
  std::string_view name;
  std::string_view schema;   // column with the namespace's oid, "" for objects outside schemas
  std::string_view owner;    // "" when not to be asked for
  std::string_view visible;  // function of PostgreSQL, "" outside schemas
  bool on_dsql;              // whether Aurora DSQL lets it be read (its user guide, "System tables
                             // and commands", and what a cluster answered in October 2026)
};

extern const Catalog kRelations;
extern const Catalog kTypes;
extern const Catalog kRoutines;
extern const Catalog kSchemas;
extern const Catalog kRoles;

enum class Place {
  kCreated,  // where a CREATE puts the object: an unqualified name goes to current_schema()
  kVisible,  // where other statements find it: an unqualified name is looked for in search_path
};

// "FROM catalog o JOIN pg_namespace n ... WHERE" the name.
std::string from(Question& question, const Catalog& catalog, const ObjectName& name, Place place);
std::string exists(const std::string& from_where, const std::string& and_condition = "");
std::string find_oid(Question& question, const Catalog& catalog, const ObjectName& name,
                     Place place);

// Whether an unqualified name is found although current_schema() has none of it. Then a DROP may or
// may not have uncovered it.
std::string found_elsewhere(Question& question, const Catalog& catalog, const ObjectName& name,
                            const std::string& and_condition = "");

// `and_condition` tells objects of one name apart (a function's arguments).
Evidence dropped(Question& question, const Catalog& catalog, const ObjectName& name,
                 const std::string& and_condition = "");
Evidence renamed(Question& question, const Catalog& catalog, const ObjectName& name,
                 const std::string& new_name, const std::string& and_condition = "");
Evidence moved(Question& question, const Catalog& catalog, const ObjectName& name,
               const std::string& new_schema, const std::string& and_condition = "");
// `role` stands at the new owner.
Evidence owned(Question& question, const Catalog& catalog, const ObjectName& name, TokenReader role,
               const std::string& and_condition = "");

std::string conjoin(const std::vector<std::string>& conditions);
Evidence conjoin(const std::vector<Evidence>& evidence);

// string_agg of `expression` over the rows of `from_where`, in the order of `order`; '' for none.
std::string joined(Question& question, const std::string& expression, const std::string& from_where,
                   const std::string& order);

// The names of the columns numbered in `numbers` (int2vector or int2[]) of the relation `oid`, ''
// for an expression.
std::string numbered_columns(Question& question, const std::string& numbers, const std::string& oid,
                             const std::string& and_condition = "");

}  // namespace engine::settlement
