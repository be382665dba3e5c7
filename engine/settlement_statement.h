// Settlement by kind of statement. Each is given the tokens behind the words that chose it.
#pragma once

#include "engine/settlement_question.h"

namespace engine::settlement {

Settlement settle_create(TokenReader statement, Dialect dialect);
Settlement settle_drop(TokenReader statement, Dialect dialect);
Settlement settle_alter(TokenReader statement, Dialect dialect);

// Parts of CREATE.
Settlement settle_create_table(TokenReader statement, Dialect dialect, bool temporary);
Settlement settle_select_into(TokenReader statement, Dialect dialect);
Settlement settle_create_view(TokenReader statement, Dialect dialect, bool temporary,
                              bool materialized);
Settlement settle_create_sequence(TokenReader statement, Dialect dialect, bool temporary);
Settlement settle_create_index(TokenReader statement, Dialect dialect, bool unique);
Settlement settle_create_type(TokenReader statement, Dialect dialect);
Settlement settle_create_domain(TokenReader statement, Dialect dialect);
Settlement settle_create_role(TokenReader statement, Dialect dialect, bool login);
Settlement settle_create_function(TokenReader statement, Dialect dialect);

// The actions of one ALTER TABLE, or of another relation or composite type. `if_exists`: IF EXISTS
// was written.
Settlement settle_actions(const TokenReader& actions, Question& question,
                          const ObjectName& relation, bool if_exists);

// One action of several.
struct Action {
  Form form = Form::kUnknown;
  std::optional<Evidence> evidence = std::nullopt;  // for a form of kCatalog
  bool one_sided = false;  // it can tell that the action was not done, never that it was
  std::string name = "";   // column or constraint it is about, "" for none
  bool adds = false;       // ADD COLUMN or ADD CONSTRAINT of that name; else changes or drops it
};

// The relation or domain that constraints hang on.
struct ConstraintOwner {
  std::string oid;     // sub-select
  std::string column;  // "conrelid" or "contypid"
  std::string name;
};
// The tokens stand behind ADD, DROP CONSTRAINT, VALIDATE CONSTRAINT.
Action read_add_constraint(TokenReader action, Question& question, const ConstraintOwner& owner);
Action read_drop_constraint(TokenReader action, Question& question, const ConstraintOwner& owner);
Action read_validate_constraint(TokenReader action, Question& question,
                                const ConstraintOwner& owner);
Evidence constraint_renamed(Question& question, const ConstraintOwner& owner,
                            const std::string& name, const std::string& new_name);

// Whether the sequence `oid` has not been used since it was last restarted, so that to restart it
// once more does no harm. One-sided.
Evidence restarted(const Question& question, const std::string& oid);

// PostgreSQL's makeObjectName (src/backend/commands/indexcmds.c): name1_name2_label in 63 bytes.
std::string make_generated_name(std::string name1, std::string name2, const std::string& label);
// Several names as one for make_generated_name.
std::string join_generated_names(const std::vector<std::string>& names);

}  // namespace engine::settlement
