// The forms of statements that settlement tells apart, each a row of settle_forms().
#pragma once

#include "engine/settlement.h"

namespace engine::settlement {

enum class Form {
  // CREATE
  kCreateIfNotExists,
  kCreateOrReplace,
  kCreateTable,
  kCreatePartition,
  kCreateTableAs,
  kCreateIndex,
  kCreateIndexIfNotExists,
  kCreateIndexUnnamed,
  kCreateView,
  kCreateSequence,
  kCreateSchema,
  kCreateSchemaIfNotExists,
  kCreateDomain,
  kCreateType,
  kCreateFunction,
  kCreateRole,
  kCreateExtension,
  kCreateStatistics,
  kCreateStatisticsUnnamed,
  kCreateStatisticsDsql,
  kCreateTrigger,
  kCreateOther,
  // DROP
  kDrop,
  kDropIfExists,
  kDropIfExistsUnqualified,
  kDropOnTable,
  kDropStatisticsDsql,
  kDropOwned,
  // ALTER of any object
  kRename,
  kSetSchema,
  kOwner,
  kAlterSettings,
  kAlterStatisticsDsql,
  // ALTER TABLE
  kAddColumn,
  kAddColumnIfNotExists,
  kDropColumn,
  kDropColumnIfExists,
  kRenameColumn,
  kAlterColumn,
  kAlterType,
  kAlterTypeUsing,
  kDropExpression,
  kAddIdentity,
  kAlterIdentity,
  kDropIdentity,
  kRestart,
  kAddConstraint,
  kAddConstraintUnnamed,
  kAddConstraintUsingIndex,
  kAddCheckUnnamed,
  kDropConstraint,
  kDropConstraintIfExists,
  kReplaceConstraint,
  kRenameConstraint,
  kValidateConstraint,
  kAttach,
  kDetach,
  kTableSettings,
  kSeveralActions,
  kOneNameTwice,
  // ALTER of others
  kAlterSequence,
  kAddEnumValue,
  kRenameEnumValue,
  kAlterRole,
  // The rest
  kComment,
  kGrant,
  kIamGrant,
  kIamRevoke,
  kMaintenance,
  kReassignOwned,
  kSession,
  kWaitForJob,
  kCall,
  kDo,
  kDml,
  kQuery,
  kTransaction,
  kUnicodeName,
  kUnknown,
  kCount,
};

const SettleForm& find_form(Form form);

// A Settlement without a question.
Settlement make_settlement(Form form);

}  // namespace engine::settlement
