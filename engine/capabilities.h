// What Aurora DSQL accepts and refuses, as dated data with its sources: the one place to edit when
// DSQL learns something. Lint and translation ask here; a row that turns to kYes silences its rule.
#pragma once

#include <span>
#include <string_view>

namespace engine {

enum class Feature {
  kAddCheck,
  kAddColumnCheck,
  kAddColumnDefault,
  kAddColumnDefaultNotNull,
  kAddColumnGenerated,
  kAddColumnNotNull,
  kAddColumnPrimaryKey,
  kAddColumnReferences,
  kAddColumnSerial,
  kAddColumnUnique,
  kAddForeignKey,
  kAddPrimaryKey,
  kAddUnique,
  kAdvisoryLock,
  kAlterColumnType,
  kAlterDefaultPrivileges,
  kAlterDomainAdd,
  kAlterDomainSetNotNull,
  kAlterSystem,
  kAlterType,
  kArrayColumn,
  kCollate,
  kColumnDefault,
  kColumnType,
  kCompositeType,
  kCopyFile,
  kCreateDatabase,
  kCreateExtension,
  kCreateForeignTable,
  kCreatePolicy,
  kCreateProcedure,
  kCreateRule,
  kCreateTableAs,
  kCreateTablespace,
  kCreateTrigger,
  kCreateType,
  kDeclareCursor,
  kDiscardAll,
  kDo,
  kDropColumn,
  kDropDomainCascade,
  kDropIndexConcurrently,
  kDropNotNull,
  kDropType,
  kExclude,
  kExpressionIndex,
  kForeignKey,
  kFunctionLanguage,
  kIdentityCache,
  kIdentityType,
  kIndexBtree,
  kIndexCollate,
  kIndexConcurrently,
  kIndexDescending,
  kIndexIncludeExpr,
  kIndexKeyCount,
  kIndexMethod,
  kIndexOpclass,
  kIndexSchema,
  kIndexSortOrder,
  kIndexStorage,
  kIndexSynchronous,
  kInherits,
  kJsonColumn,
  kKeyShareLock,
  kKeyType,
  kListen,
  kLoad,
  kLockTable,
  kMaterializedView,
  kMerge,
  kNotValidConstraint,
  kNotify,
  kOnCommit,
  kPartialIndex,
  kPartition,
  kPartitionBy,
  kPrepare,
  kRangeType,
  kRenameType,
  kReplicaIdentity,
  kRoleAttributes,
  kRowLevelSecurity,
  kRowLimit,
  kRuleAction,
  kSequenceCache,
  kSerial,
  kSessionCharacteristics,
  kSetCompression,
  kSetNotNull,
  kSetParameter,
  kSetStatistics,
  kShareLock,
  kStatistics,
  kTableOptions,
  kTableSample,
  kTableTablespace,
  kTemporaryTable,
  kTruncate,
  kTypedTable,
  kUniqueUsingIndex,
  kUnlisten,
  kUnloggedTable,
  kVacuum,
  kValidateSynchronous,
  kValidateTogether,
};
inline constexpr Feature kLastFeature = Feature::kValidateTogether;

enum class Support { kYes, kNo, kPartial };  // kPartial: other forms of it are accepted

struct Capability {
  Feature feature;
  Support support;
  std::string_view code;    // of the lint problem
  std::string_view as_of;   // the day the source saw it, ISO 8601
  std::string_view what;    // the form, as a person calls it
  std::string_view answer;  // the cluster's message, "" when none is published; {x} is filled in
  std::string_view source;
  std::string_view rewrite;  // what works instead; {table}, {column}, {type}, {name} are filled in
};

std::span<const Capability> capabilities();
const Capability& capability(Feature feature);
inline bool is_supported(Feature feature) { return capability(feature).support == Support::kYes; }

// Column types that are refused by name ("datatype money not supported"), in lower case.
bool is_refused_type(std::string_view type);
// Types a key or an index cannot have.
bool is_refused_in_key(std::string_view type);
// Whether SET may name this parameter (lower case).
bool is_settable(std::string_view parameter);
bool is_function_language(std::string_view language);

inline constexpr long long kSequenceCacheMinimum = 65536;  // or exactly 1
inline constexpr int kKeyColumnLimit = 8;
inline constexpr long long kTransactionRowLimit = 3000;

}  // namespace engine
