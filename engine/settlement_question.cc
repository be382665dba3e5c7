#include "engine/settlement_question.h"

#include <algorithm>

#include "engine/name.h"

namespace engine::settlement {
namespace {

// No name and no type has this control character in it.
constexpr std::string_view kSeparator = "\x1f";

constexpr std::string_view kTemporary = "pg_temp";

bool is_unqualified(const Catalog& catalog, const ObjectName& name) {
  return name.schema.empty() && !catalog.schema.empty();
}

std::string from_catalog(const Catalog& catalog) {
  std::string sql = "FROM " + std::string(catalog.table) + " o";
  if (!catalog.schema.empty()) {
    sql += " JOIN pg_namespace n ON n.oid = o." + std::string(catalog.schema);
  }
  return sql + " WHERE ";
}

std::string is_named(Question& question, const Catalog& catalog, const std::string& name) {
  return "o." + std::string(catalog.name) + " = " + question.text(name);
}

// Aurora DSQL is known to have pg_table_is_visible and none of its sisters.
bool has_visible(const Question& question, const Catalog& catalog) {
  return question.dialect() == Dialect::kPostgres || catalog.table == "pg_class";
}

std::string is_visible(const Catalog& catalog) { return std::string(catalog.visible) + "(o.oid)"; }

std::string is_placed(Question& question, const Catalog& catalog, const ObjectName& name,
                      Place place) {
  if (name.schema == kTemporary) return "n.oid = pg_my_temp_schema()";
  if (!name.schema.empty()) return "n.nspname = " + question.text(name.schema);
  if (place == Place::kVisible && has_visible(question, catalog)) return is_visible(catalog);
  return "n.nspname = current_schema()";
}

std::string with(const std::string& condition) {
  return condition.empty() ? "" : " AND " + condition;
}

// Conditions that were left out leave their parameters behind, which a server refuses. Everything
// that came from the statement is in a parameter, so a $ in the SQL is one.
void number_parameters(Settlement& settlement, const std::vector<Value>& parameters) {
  std::string sql;
  std::string_view rest = settlement.question_sql;
  for (auto at = rest.find('$'); at != std::string_view::npos; at = rest.find('$')) {
    const auto end = rest.find("::", at);
    const auto number = std::stoul(std::string(rest.substr(at + 1, end - at - 1)));
    const Value& value = parameters.at(number - 1);
    auto used = std::find(settlement.parameters.begin(), settlement.parameters.end(), value);
    if (used == settlement.parameters.end()) used = settlement.parameters.insert(used, value);
    sql += rest.substr(0, at + 1);
    sql += std::to_string(used - settlement.parameters.begin() + 1);
    rest.remove_prefix(end);
  }
  settlement.question_sql = sql + std::string(rest);
}

std::string role_name(Question& question, TokenReader role) {
  if (role.peek("current_user") || role.peek("current_role")) return "current_user";
  if (role.peek("session_user")) return "session_user";
  return question.text(accept_simple_name(role));
}

}  // namespace

constinit const Catalog kRelations{
    "pg_class", "relname", "relnamespace", "relowner", "pg_table_is_visible", true};
constinit const Catalog kTypes{
    "pg_type", "typname", "typnamespace", "typowner", "pg_type_is_visible", true};
constinit const Catalog kRoutines{
    "pg_proc", "proname", "pronamespace", "proowner", "pg_function_is_visible", true};
constinit const Catalog kSchemas{"pg_namespace", "nspname", "", "nspowner", "", true};
constinit const Catalog kRoles{"pg_roles", "rolname", "", "", "", true};

std::string Question::text(std::string_view value) {
  auto found = std::find(parameters_.begin(), parameters_.end(), value);
  if (found == parameters_.end()) found = parameters_.emplace(found, value);
  return "$" + std::to_string(found - parameters_.begin() + 1) + "::text";
}

std::string Question::list(const std::vector<std::string>& values) {
  std::string joined_values;
  for (const auto& value : values) {
    if (&value != &values.front()) joined_values += kSeparator;
    joined_values += value;
  }
  return text(joined_values);
}

std::string Question::separator() { return text(kSeparator); }

Settlement ask(Form form, const Question& question,
               const std::vector<std::pair<std::string, std::string>>& answers) {
  Settlement settlement = make_settlement(form);
  settlement.question_sql = "SELECT CASE";
  for (const auto& [condition, answer] : answers) {
    settlement.question_sql.append(" WHEN ").append(condition);
    settlement.question_sql.append(" THEN '").append(answer).append("'");
  }
  settlement.question_sql += " ELSE 'unclear' END AS answer";
  number_parameters(settlement, question.parameters());
  return settlement;
}

Settlement ask(Form form, const Question& question, const Evidence& evidence) {
  return ask(form, question, {{evidence.done, "done"}, {evidence.not_done, "not done"}});
}

std::optional<ObjectName> accept_object_name(TokenReader& reader) {
  const auto written = reader.accept_qualified_name();
  if (written.empty()) return std::nullopt;
  const auto schema = last_part(qualifier_of(written));
  return ObjectName{catalog_name(schema), catalog_name(last_part(written))};
}

std::string accept_simple_name(TokenReader& reader) {
  if (!reader.peek_name()) return "";
  const auto name = catalog_name(reader.token().text);
  reader.advance();
  return name;
}

std::optional<std::string> accept_string(TokenReader& reader) {
  if (reader.at_end()) return std::nullopt;
  std::string_view text = reader.token().text;
  std::string value;
  if (reader.token().kind == TokenKind::kDollarString) {
    const auto tag = text.find('$', 1) + 1;
    value = text.substr(tag, text.size() - 2 * tag);
  } else if (reader.token().kind == TokenKind::kString && text.starts_with('\'')) {
    text = text.substr(1, text.size() - 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
      value += text[i];
      if (text[i] == '\'') ++i;
    }
  } else {
    return std::nullopt;
  }
  reader.advance();
  return value;
}

bool has_words(TokenReader reader, std::initializer_list<std::string_view> words) {
  for (; !reader.at_end(); reader.skip()) {
    if (reader.peek(words)) return true;
  }
  return false;
}

bool skip_behind(TokenReader& reader, std::string_view word) {
  while (!reader.at_end()) {
    if (reader.accept(word)) return true;
    reader.skip();
  }
  return false;
}

std::string from(Question& question, const Catalog& catalog, const ObjectName& name, Place place) {
  const auto sql = from_catalog(catalog) + is_named(question, catalog, name.name);
  return catalog.schema.empty() ? sql : sql + " AND " + is_placed(question, catalog, name, place);
}

std::string exists(const std::string& from_where, const std::string& and_condition) {
  return "EXISTS (SELECT 1 " + from_where + with(and_condition) + ")";
}

std::string find_oid(Question& question, const Catalog& catalog, const ObjectName& name,
                     Place place) {
  return "(SELECT o.oid " + from(question, catalog, name, place) + ")";
}

std::string found_elsewhere(Question& question, const Catalog& catalog, const ObjectName& name,
                            const std::string& and_condition) {
  if (!is_unqualified(catalog, name)) return "false";
  const auto place = has_visible(question, catalog)
                         ? is_visible(catalog)
                         : "n.nspname NOT IN ('pg_catalog', 'information_schema', 'sys')";
  return exists(from_catalog(catalog) + is_named(question, catalog, name.name) + " AND " + place +
                    " AND n.nspname IS DISTINCT FROM current_schema()",
                and_condition);
}

Evidence dropped(Question& question, const Catalog& catalog, const ObjectName& name,
                 const std::string& and_condition) {
  const auto here = exists(from(question, catalog, name, Place::kCreated), and_condition);
  const auto elsewhere = found_elsewhere(question, catalog, name, and_condition);
  return {"NOT " + here + " AND NOT " + elsewhere, here};
}

Evidence renamed(Question& question, const Catalog& catalog, const ObjectName& name,
                 const std::string& new_name, const std::string& and_condition) {
  const auto old_one = exists(from(question, catalog, name, Place::kVisible), and_condition);
  const auto new_one =
      exists(from(question, catalog, {name.schema, new_name}, Place::kVisible), and_condition);
  return {"NOT " + old_one + " AND " + new_one, old_one + " AND NOT " + new_one};
}

Evidence moved(Question& question, const Catalog& catalog, const ObjectName& name,
               const std::string& new_schema, const std::string& and_condition) {
  const auto in_new =
      exists(from(question, catalog, {new_schema, name.name}, Place::kVisible), and_condition);
  const auto in_old = exists(from(question, catalog, name, Place::kVisible) + " AND n.nspname <> " +
                                 question.text(new_schema),
                             and_condition);
  return {in_new + " AND NOT " + in_old, in_old + " AND NOT " + in_new};
}

Evidence owned(Question& question, const Catalog& catalog, const ObjectName& name, TokenReader role,
               const std::string& and_condition) {
  const auto object = from(question, catalog, name, Place::kVisible) + with(and_condition);
  const auto mine = exists(object, "o." + std::string(catalog.owner) +
                                       " = (SELECT r.oid FROM pg_roles r WHERE r.rolname = " +
                                       role_name(question, role) + ")");
  return {mine, exists(object) + " AND NOT " + mine};
}

std::string conjoin(const std::vector<std::string>& conditions) {
  std::string sql;
  for (const auto& condition : conditions) {
    if (!sql.empty()) sql += " AND ";
    sql += conditions.size() == 1 ? condition : "(" + condition + ")";
  }
  return sql.empty() ? "true" : sql;
}

Evidence conjoin(const std::vector<Evidence>& evidence) {
  std::vector<std::string> done;
  std::vector<std::string> not_done;
  for (const auto& one : evidence) {
    done.push_back(one.done);
    not_done.push_back(one.not_done);
  }
  return {conjoin(done), conjoin(not_done)};
}

std::string joined(Question& question, const std::string& expression, const std::string& from_where,
                   const std::string& order) {
  return "coalesce((SELECT string_agg(" + expression + ", " + question.separator() + " ORDER BY " +
         order + ") " + from_where + "), '')";
}

std::string numbered_columns(Question& question, const std::string& numbers, const std::string& oid,
                             const std::string& and_condition) {
  return joined(question, "coalesce(a.attname::text, '')",
                "FROM unnest(" + numbers +
                    ") WITH ORDINALITY AS e(number, place) LEFT JOIN pg_attribute a ON "
                    "a.attrelid = " +
                    oid + " AND a.attnum = e.number" +
                    (and_condition.empty() ? "" : " WHERE " + and_condition),
                "e.place");
}

}  // namespace engine::settlement
