#include "engine/findings.h"
#include "engine/index_statement.h"

namespace engine {
namespace {

void lint_key(const IndexKey& key, Findings& findings) {
  if (key.opclass != nullptr) findings.add(Feature::kIndexOpclass, *key.opclass);
  if (key.collate != nullptr) findings.add(Feature::kIndexCollate, *key.collate);
  if (key.sort_order != nullptr && is_word(*key.sort_order, "desc")) {
    findings.add(Feature::kIndexDescending, *key.sort_order);
  }
}

}  // namespace

// What translation takes away (CONCURRENTLY, USING btree, ASC) is no finding.
void lint_create_index(TokenReader statement, Findings& findings) {
  const auto index = parse_index_statement(statement);
  if (!index) return;
  if (index->index_name.find('.') != std::string::npos && index->name->text.front() != '"') {
    findings.add(Feature::kIndexSchema, *index->name);
  }
  const bool btree = index->method == nullptr || is_word(*index->method, "btree") ||
                     index->method->text == "\"btree\"";
  if (!btree) findings.add(Feature::kIndexMethod, *index->using_word);
  for (const IndexKey& key : index->keys) lint_key(key, findings);
  if (index->keys.size() > static_cast<std::size_t>(kKeyColumnLimit)) {
    findings.add(Feature::kIndexKeyCount, *index->keys[kKeyColumnLimit].first);
  }
  if (index->include_expression != nullptr) {
    findings.add(Feature::kIndexIncludeExpr, *index->include_expression);
  }
  if (index->storage != nullptr) findings.add(Feature::kIndexStorage, *index->storage);
}

}  // namespace engine
