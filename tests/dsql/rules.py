"""From a client's text to statements, each accepted, rewritten or refused.

Decided on PostgreSQL's own parse tree (pglast, PostgreSQL 16's grammar). A kind of
statement that no rule below names is refused as `unsupported statement: <Node>`,
which is how Aurora DSQL names them: after the tree's node, without its Stmt.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

from pglast import ast, enums

from tests.dsql import catalog, grammar
from tests.dsql.index_rules import create_index
from tests.dsql.query_rules import check_everything_inside, writes
from tests.dsql.refusal import Refused
from tests.dsql.session_rules import set_variable, show_variable, transaction
from tests.dsql.statement import Findings, Kind, Statement, quote_literal
from tests.dsql.table_rules import alter_table, check_cache, create_table
from tests.dsql.type_rules import check_column_type, display, name_of

Object: TypeAlias = enums.ObjectType
Rule = Callable[[Any, Findings], None]

DROPPABLE = {
    Object.OBJECT_TABLE, Object.OBJECT_INDEX, Object.OBJECT_VIEW, Object.OBJECT_SCHEMA,
    Object.OBJECT_SEQUENCE, Object.OBJECT_DOMAIN, Object.OBJECT_FUNCTION,
    Object.OBJECT_ROUTINE, Object.OBJECT_STATISTIC_EXT,
}  # fmt: skip
RENAMABLE = DROPPABLE | {
    Object.OBJECT_COLUMN, Object.OBJECT_TABCONSTRAINT, Object.OBJECT_DOMCONSTRAINT,
    Object.OBJECT_ROLE,
}  # fmt: skip
MOVABLE = DROPPABLE - {Object.OBJECT_INDEX, Object.OBJECT_SCHEMA}
OWNABLE = DROPPABLE - {Object.OBJECT_INDEX}
COMMENTABLE = {
    Object.OBJECT_TABLE, Object.OBJECT_COLUMN, Object.OBJECT_VIEW, Object.OBJECT_SEQUENCE,
    Object.OBJECT_INDEX, Object.OBJECT_SCHEMA, Object.OBJECT_ROLE, Object.OBJECT_FUNCTION,
    Object.OBJECT_ROUTINE, Object.OBJECT_TABCONSTRAINT,
}  # fmt: skip
GRANTABLE = {
    Object.OBJECT_TABLE, Object.OBJECT_SEQUENCE, Object.OBJECT_SCHEMA, Object.OBJECT_FUNCTION,
    Object.OBJECT_COLUMN,
}  # fmt: skip


@lru_cache(maxsize=4096)
def analyse(text: str) -> list[Statement]:
    """The statements of one Query or Parse, kept for the next; raises Refused (syntax error)."""
    source = grammar.parse(text)
    return [_analyse_one(source, raw) for raw in source.statements]


def _analyse_one(source: grammar.Source, raw: ast.RawStmt) -> Statement:
    end = raw.stmt_location + raw.stmt_len if raw.stmt_len else len(source.text)
    found = Findings(source, raw.stmt_location, end)
    refusal = None
    try:
        _apply(raw.stmt, found)
    except Refused as error:
        refusal = error
    return Statement(
        sql=source.text[found.start : end].strip(),
        offset=found.start,
        kind=found.kind,
        postgres=found.postgres if found.postgres is not None else found.edited(),
        tag=found.tag,
        refusal=refusal,
        checks=tuple(found.checks),
        autocommit_only=found.autocommit_only,
        secret=found.secret,
    )


def _apply(node: ast.Node, found: Findings) -> None:
    for at, statement in found.source.iam.items():
        if found.start <= at < found.end:
            _iam(statement, found)
            return
    rule = RULES.get(type(node))
    if rule is None:
        name = type(node).__name__.removesuffix("Stmt")
        raise Refused(MESSAGES.get(type(node), f"unsupported statement: {name}"))
    rule(node, found)
    check_everything_inside(node, found)


def _iam(statement: grammar.IamStatement, found: Findings) -> None:
    found.kind = Kind.DDL
    verb = "grant" if statement.grant else "revoke"
    role, arn = quote_literal(statement.role), quote_literal(statement.arn)
    found.postgres = f"SELECT FROM sys.iam_{verb}({role}, {arn})"
    # No source shows the tag.
    found.tag = f"AWS IAM {verb.upper()}"


def _select(node: ast.SelectStmt, found: Findings) -> None:
    found.kind = Kind.DML if writes(node) else Kind.READ


def _write(_: ast.Node, found: Findings) -> None:
    found.kind = Kind.DML


def _ddl(_: ast.Node, found: Findings) -> None:
    found.kind = Kind.DDL


def _other(_: ast.Node, found: Findings) -> None:
    found.kind = Kind.OTHER


def _copy(node: ast.CopyStmt, found: Findings) -> None:
    if node.filename or node.is_program:
        raise Refused("COPY from or to a file or program is not supported")  # text: ours
    found.kind = Kind.DML if node.is_from else Kind.READ


def _explain(node: ast.ExplainStmt, found: Findings) -> None:
    found.kind = Kind.READ
    options = {option.defname for option in node.options or ()}
    if "analyze" in options and writes(node.query):
        found.kind = Kind.DML


def _call(node: ast.CallStmt, found: Findings) -> None:
    found.kind = Kind.OTHER
    for argument in node.funccall.args or ():
        if isinstance(argument, ast.SubLink):
            raise Refused("cannot use subquery in CALL argument")
    found.autocommit_only = "CALL"


def _analyze(node: ast.VacuumStmt, found: Findings) -> None:
    if node.is_vacuumcmd:
        raise Refused("unsupported VACUUM statement")
    if any(relation.va_cols for relation in node.rels or ()):
        raise Refused("ANALYZE with a column list is not supported")  # text: ours
    found.kind = Kind.OTHER
    found.autocommit_only = "ANALYZE"


def _deallocate(node: ast.DeallocateStmt, found: Findings) -> None:
    if node.name is not None:
        raise Refused("unsupported statement: Deallocate")


def _drop(node: ast.DropStmt, found: Findings) -> None:
    found.kind = Kind.DDL
    if node.removeType == Object.OBJECT_TRIGGER and node.missing_ok:
        return
    if node.removeType not in DROPPABLE:
        raise Refused("unsupported object in DROP statement")
    if node.concurrent:
        raise Refused("CONCURRENTLY not supported for DROP INDEX")  # text: ours
    cascade = node.behavior == enums.DropBehavior.DROP_CASCADE
    if node.removeType == Object.OBJECT_DOMAIN and cascade:
        raise Refused("DROP DOMAIN with CASCADE unsupported")


def _among(allowed: set[Object], field: str, message: str) -> Rule:
    def rule(node: ast.Node, found: Findings) -> None:
        found.kind = Kind.DDL
        if getattr(node, field) not in allowed:
            raise Refused(message)

    return rule


def _create_schema(node: ast.CreateSchemaStmt, found: Findings) -> None:
    found.kind = Kind.DDL
    for element in node.schemaElts or ():
        if not isinstance(element, (ast.CreateStmt, ast.ViewStmt)):
            raise Refused("unsupported statement: CreateSchema")  # text: ours
        _apply(element, found)
    found.checks.insert(0, catalog.room_for_schema())


def _create_view(node: ast.ViewStmt, found: Findings) -> None:
    found.kind = Kind.DDL
    if node.view.relpersistence == "t":
        raise Refused("TEMPORARY or TEMP view not supported for CREATE VIEW")  # text: ours
    found.checks.append(catalog.room_for_relation("v"))


def _create_sequence(node: ast.CreateSeqStmt, found: Findings) -> None:
    found.kind = Kind.DDL
    if node.sequence.relpersistence != "p":
        raise Refused("TEMPORARY or TEMP sequence not supported for CREATE SEQUENCE")  # text: ours
    check_cache(node.options, "CREATE SEQUENCE is")
    for option in node.options or ():
        if option.defname == "as" and name_of(option.arg) != "int8":
            shown = display(option.arg)  # bigint only; the text is ours
            raise Refused(f"datatype {shown} not supported, sequence type must be bigint")
    found.checks.append(catalog.room_for_relation("S"))


def _create_domain(node: ast.CreateDomainStmt, found: Findings) -> None:
    found.kind = Kind.DDL
    check_column_type(node.typeName, found)
    if node.collClause:
        raise Refused("COLLATE clause not supported")


def _alter_domain(node: ast.AlterDomainStmt, found: Findings) -> None:
    """T default, N drop not null; X drop constraint only as the published grammar has it."""
    found.kind = Kind.DDL
    if node.subtype in ("T", "N") or (node.subtype == "X" and node.missing_ok):
        return
    forms = {"O": "SET NOT NULL", "C": "ADD CONSTRAINT", "X": "DROP CONSTRAINT"}
    form = forms.get(node.subtype, "VALIDATE CONSTRAINT")
    raise Refused(f"unsupported ALTER DOMAIN {form} statement")  # text: ours


def _create_function(node: ast.CreateFunctionStmt, found: Findings) -> None:
    found.kind = Kind.DDL
    if node.is_procedure:
        raise Refused("PROCEDURE is not supported")
    for option in node.options or ():
        if option.defname == "language" and option.arg.sval.lower() != "sql":
            raise Refused(f"CREATE FUNCTION with language {option.arg.sval} not supported")


def _role(node: ast.CreateRoleStmt | ast.AlterRoleStmt, found: Findings) -> None:
    found.kind = Kind.DDL
    if any(option.defname == "password" for option in node.options or ()):
        found.secret = True
        raise Refused("PASSWORD is not supported for roles")  # text: ours


def _drop_role(node: ast.DropRoleStmt, found: Findings) -> None:
    found.kind = Kind.DDL
    found.checks.append(catalog.role_has_no_mapping([role.rolename for role in node.roles]))


def _define(node: ast.DefineStmt, _: Findings) -> None:
    if node.kind == Object.OBJECT_TYPE:
        raise Refused("CREATE TYPE not supported")
    raise Refused("unsupported statement: Define")


# Refused statements that are not named after their node.
MESSAGES: dict[type[ast.Node], str] = {
    ast.CreateTrigStmt: "CREATE TRIGGER not supported",
    ast.CreateEnumStmt: "CREATE TYPE not supported",
    ast.AlterEnumStmt: "ALTER TYPE not supported",
    ast.AlterTypeStmt: "ALTER TYPE not supported",
    ast.MergeStmt: "unsupported statement type: MERGE",
}

RULES: dict[type[ast.Node], Rule] = {
    ast.SelectStmt: _select,
    ast.InsertStmt: _write,
    ast.UpdateStmt: _write,
    ast.DeleteStmt: _write,
    ast.CopyStmt: _copy,
    ast.ExplainStmt: _explain,
    ast.CallStmt: _call,
    ast.VacuumStmt: _analyze,
    ast.DeallocateStmt: _deallocate,
    ast.ConstraintsSetStmt: _other,
    ast.TransactionStmt: transaction,
    ast.VariableSetStmt: set_variable,
    ast.VariableShowStmt: show_variable,
    ast.CreateStmt: create_table,
    ast.AlterTableStmt: alter_table,
    ast.IndexStmt: create_index,
    ast.DropStmt: _drop,
    ast.RenameStmt: _among(RENAMABLE, "renameType", "unsupported object in RENAME statement"),
    # The next four texts follow RENAME's; no source gives them.
    ast.AlterObjectSchemaStmt: _among(
        MOVABLE, "objectType", "unsupported object in SET SCHEMA statement"
    ),
    ast.AlterOwnerStmt: _among(OWNABLE, "objectType", "unsupported object in OWNER TO statement"),
    ast.CommentStmt: _among(COMMENTABLE, "objtype", "unsupported object in COMMENT statement"),
    ast.GrantStmt: _among(GRANTABLE, "objtype", "unsupported object in GRANT statement"),
    ast.GrantRoleStmt: _ddl,
    ast.CreateSchemaStmt: _create_schema,
    ast.ViewStmt: _create_view,
    ast.CreateSeqStmt: _create_sequence,
    ast.AlterSeqStmt: _ddl,
    ast.CreateDomainStmt: _create_domain,
    ast.AlterDomainStmt: _alter_domain,
    ast.CreateFunctionStmt: _create_function,
    ast.CreateStatsStmt: _ddl,
    ast.AlterStatsStmt: _ddl,
    ast.CreateRoleStmt: _role,
    ast.AlterRoleStmt: _role,
    ast.AlterRoleSetStmt: _ddl,
    ast.DropRoleStmt: _drop_role,
}
