#include "engine/settlement_kind.h"

namespace engine::settlement {
namespace {

constexpr Catalog kStatistics{"pg_statistic_ext",
                              "stxname",
                              "stxnamespace",
                              "stxowner",
                              "pg_statistics_obj_is_visible",
                              false};
constexpr Catalog kCollations{
    "pg_collation", "collname", "collnamespace", "collowner", "pg_collation_is_visible", false};
constexpr Catalog kConversions{
    "pg_conversion", "conname", "connamespace", "conowner", "pg_conversion_is_visible", false};
constexpr Catalog kConfigurations{
    "pg_ts_config", "cfgname", "cfgnamespace", "cfgowner", "pg_ts_config_is_visible", false};
constexpr Catalog kDictionaries{
    "pg_ts_dict", "dictname", "dictnamespace", "dictowner", "pg_ts_dict_is_visible", false};
constexpr Catalog kExtensions{"pg_extension", "extname", "", "", "", false};
constexpr Catalog kPublications{"pg_publication", "pubname", "", "pubowner", "", false};
constexpr Catalog kLanguages{"pg_language", "lanname", "", "lanowner", "", false};
constexpr Catalog kEventTriggers{"pg_event_trigger", "evtname", "", "evtowner", "", false};
constexpr Catalog kWrappers{"pg_foreign_data_wrapper", "fdwname", "", "fdwowner", "", false};
constexpr Catalog kServers{"pg_foreign_server", "srvname", "", "srvowner", "", false};

const Kind kKinds[] = {
    {{"table"}, Group::kRelation, &kRelations},
    {{"foreign", "table"}, Group::kRelation, &kRelations},
    {{"index"}, Group::kRelation, &kRelations},
    {{"view"}, Group::kRelation, &kRelations},
    {{"materialized", "view"}, Group::kRelation, &kRelations},
    {{"sequence"}, Group::kRelation, &kRelations},
    {{"schema"}, Group::kSchema, &kSchemas},
    {{"domain"}, Group::kType, &kTypes},
    {{"type"}, Group::kType, &kTypes},
    {{"function"}, Group::kRoutine, &kRoutines},
    {{"procedure"}, Group::kRoutine, &kRoutines},
    {{"routine"}, Group::kRoutine, &kRoutines},
    {{"role"}, Group::kRole, &kRoles},
    {{"user"}, Group::kRole, &kRoles},
    {{"group"}, Group::kRole, &kRoles},
    {{"statistics"}, Group::kStatistics, &kStatistics},
    {{"extension"}, Group::kExtension, &kExtensions},
    {{"collation"}, Group::kOther, &kCollations},
    {{"conversion"}, Group::kOther, &kConversions},
    {{"text", "search", "configuration"}, Group::kOther, &kConfigurations},
    {{"text", "search", "dictionary"}, Group::kOther, &kDictionaries},
    {{"publication"}, Group::kOther, &kPublications},
    {{"language"}, Group::kOther, &kLanguages},
    {{"event", "trigger"}, Group::kOther, &kEventTriggers},
    {{"foreign", "data", "wrapper"}, Group::kOther, &kWrappers},
    {{"server"}, Group::kOther, &kServers},
};

constexpr TableKind kTableKinds[] = {
    {"trigger", "pg_trigger", "tgname", "tgrelid", "on"},
    {"policy", "pg_policy", "polname", "polrelid", "on"},
    {"rule", "pg_rewrite", "rulename", "ev_class", "to"},
};

}  // namespace

const Kind* accept_kind(TokenReader& statement) {
  if (statement.peek({"user", "mapping"})) return nullptr;
  for (const auto& kind : kKinds) {
    if (statement.accept(kind.words)) return &kind;
  }
  return nullptr;
}

const TableKind* accept_table_kind(TokenReader& statement) {
  for (const auto& kind : kTableKinds) {
    if (statement.accept(kind.word)) return &kind;
  }
  return nullptr;
}

std::string exists_on_table(Question& question, const TableKind& kind, const std::string& name,
                            const ObjectName& table, const std::string& and_condition) {
  const auto sql = "FROM " + std::string(kind.catalog) + " x WHERE x." + std::string(kind.table) +
                   " = " + find_oid(question, kRelations, table, Place::kVisible) + " AND x." +
                   std::string(kind.name) + " = " + question.text(name);
  return exists(sql, and_condition);
}

}  // namespace engine::settlement
