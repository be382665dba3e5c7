"""CREATE TABLE and ALTER TABLE, and what they share with domains and sequences."""

from __future__ import annotations

from pglast import ast, enums

from tests.dsql import catalog
from tests.dsql.index_rules import check_key_count
from tests.dsql.refusal import Refused
from tests.dsql.statement import Findings, Kind, quote_literal, quote_name
from tests.dsql.type_rules import check_column_type, check_key_type, display, name_of

Con = enums.ConstrType
At = enums.AlterTableType

CACHE_WORDS = "please define CACHE greater than or equal to 65536 or equal to 1"
KEY_KINDS = (Con.CONSTR_PRIMARY, Con.CONSTR_UNIQUE)
DEFERRAL = (
    Con.CONSTR_ATTR_DEFERRABLE,
    Con.CONSTR_ATTR_DEFERRED,
)

TRIGGERS = (At.AT_EnableTrigAll, At.AT_DisableTrigAll, At.AT_DisableTrigUser)
# ALTER TABLE actions that need no closer look.
ALLOWED_ACTIONS = {
    At.AT_ColumnDefault, At.AT_DropNotNull, At.AT_DropExpression, At.AT_SetStorage,
    At.AT_SetIdentity, At.AT_DropIdentity, At.AT_AlterConstraint, At.AT_ChangeOwner,
    At.AT_EnableTrigUser,
}  # fmt: skip
# How a refused action is named; what is not here is named after PostgreSQL's tree.
ACTION_NAMES = {
    At.AT_SetNotNull: "ALTER COLUMN ... SET NOT NULL",
    At.AT_AlterColumnType: "ALTER COLUMN ... SET DATA TYPE",
    At.AT_SetStatistics: "ALTER COLUMN ... SET STATISTICS",
    At.AT_SetCompression: "ALTER COLUMN ... SET COMPRESSION",
    At.AT_SetOptions: "ALTER COLUMN ... SET",
    At.AT_ResetOptions: "ALTER COLUMN ... RESET",
    At.AT_EnableRowSecurity: "ENABLE ROW SECURITY",
    At.AT_DisableRowSecurity: "DISABLE ROW SECURITY",
    At.AT_ForceRowSecurity: "FORCE ROW SECURITY",
    At.AT_NoForceRowSecurity: "NO FORCE ROW SECURITY",
    At.AT_ReplicaIdentity: "REPLICA IDENTITY",
    At.AT_AddInherit: "INHERIT",
    At.AT_DropInherit: "NO INHERIT",
    At.AT_AttachPartition: "ATTACH PARTITION",
    At.AT_DetachPartition: "DETACH PARTITION",
    At.AT_SetRelOptions: "SET",
    At.AT_ResetRelOptions: "RESET",
    At.AT_SetTableSpace: "SET TABLESPACE",
    At.AT_SetAccessMethod: "SET ACCESS METHOD",
    At.AT_SetLogged: "SET LOGGED",
    At.AT_SetUnLogged: "SET UNLOGGED",
    At.AT_ClusterOn: "CLUSTER ON",
    At.AT_DropCluster: "SET WITHOUT CLUSTER",
    At.AT_AddOf: "OF",
    At.AT_DropOf: "NOT OF",
    At.AT_EnableTrig: "ENABLE TRIGGER",
    At.AT_DisableTrig: "DISABLE TRIGGER",
    At.AT_EnableRule: "ENABLE RULE",
    At.AT_DisableRule: "DISABLE RULE",
}


def create_table(node: ast.CreateStmt, found: Findings) -> None:
    found.kind = Kind.DDL
    if node.relation.relpersistence == "t":
        raise Refused("TEMPORARY or TEMP table not supported for CREATE TABLE")
    if node.relation.relpersistence == "u":
        raise Refused("UNLOGGED table not supported for CREATE TABLE")
    for present, clause in (
        (node.partspec, "PARTITION BY"),
        (node.partbound, "PARTITION OF"),
        (node.inhRelations, "INHERITS"),
        (node.ofTypename, "OF"),
        (node.options, "WITH"),
        (node.oncommit != enums.OnCommitAction.ONCOMMIT_NOOP, "ON COMMIT"),
        (node.tablespacename, "TABLESPACE"),
        (node.accessMethod, "USING"),
    ):
        if present:
            raise Refused(f"{clause} clause not supported for CREATE TABLE")
    _check_elements(node, found)
    found.checks.append(catalog.room_for_relation("r"))


def _check_elements(node: ast.CreateStmt, found: Findings) -> None:
    elements = node.tableElts or ()
    types = {e.colname: e.typeName for e in elements if isinstance(e, ast.ColumnDef)}
    indexes = 0
    for element in elements:
        if isinstance(element, ast.ColumnDef):
            check_column(element, found)
            own = element.constraints or ()
            indexes += sum(c.contype in KEY_KINDS for c in own)
        elif isinstance(element, ast.Constraint):
            keys = [types[k.sval] for k in element.keys or () if k.sval in types]
            _check_constraint(element, keys, len(element.keys or ()))
            indexes += element.contype in KEY_KINDS
    if indexes > 24:
        raise Refused("more than 24 indexes per table are not allowed", "54000")


def check_column(column: ast.ColumnDef, found: Findings) -> None:
    check_column_type(column.typeName, found)
    if column.collClause:
        raise Refused("COLLATE clause not supported")
    if column.compression:
        raise Refused("COMPRESSION clause not supported")  # text not in any source
    of: ast.Constraint | None = None
    for constraint in column.constraints or ():
        if constraint.contype in DEFERRAL:
            if of is None or of.contype != Con.CONSTR_FOREIGN:
                _refuse_deferral()
            continue
        of = constraint
        _check_constraint(constraint, [column.typeName], 1)
    if column.storage_name:
        _drop_storage_clause(column, found)


def _check_constraint(constraint: ast.Constraint, keys: list[ast.TypeName], count: int) -> None:
    kind = constraint.contype
    if kind == Con.CONSTR_EXCLUSION:
        raise Refused("EXCLUDE constraint not supported")  # text not in any source
    if kind == Con.CONSTR_IDENTITY:
        check_cache(constraint.options, "identity column is")
        if name_of(keys[0]) != "int8":
            shown = display(keys[0])
            raise Refused(f"datatype {shown} not supported, identity column type must be bigint")
    if kind in KEY_KINDS:
        check_key_count(count)
        for key in keys:
            check_key_type(key)
        if constraint.options or constraint.indexspace:
            clause = "WITH" if constraint.options else "TABLESPACE"
            raise Refused(f"{clause} clause not supported for CREATE TABLE")
    if constraint.deferrable and kind != Con.CONSTR_FOREIGN:
        _refuse_deferral()


def _refuse_deferral() -> None:
    # Documented as refused; no source gives the text.
    raise Refused("DEFERRABLE is only supported for foreign key constraints")


def check_cache(options: tuple[ast.DefElem, ...] | None, subject: str) -> None:
    """A sequence needs CACHE 1, or CACHE 65536 and more."""
    for option in options or ():
        if option.defname == "cache":
            # A number too large for an integer arrives as a Float.
            value = getattr(option.arg, "ival", None) or int(getattr(option.arg, "fval", "0"))
            if value == 1 or value >= 65536:
                return
    raise Refused(f"{subject} not supported without an explicit cache size. {CACHE_WORDS}")


def _drop_storage_clause(column: ast.ColumnDef, found: Findings) -> None:
    """CREATE TABLE knows STORAGE since PostgreSQL 16; here it changes nothing, so it goes."""
    tokens = [t for t in found.tokens() if t.start >= column.typeName.location]
    at = next(i for i, t in enumerate(tokens) if t.name == "STORAGE")
    found.edit(tokens[at].start, tokens[at + 1].end + 1, "")


def alter_table(node: ast.AlterTableStmt, found: Findings) -> None:
    found.kind = Kind.DDL
    if node.objtype == enums.ObjectType.OBJECT_TYPE:
        raise Refused("ALTER TYPE not supported")
    if node.objtype in (enums.ObjectType.OBJECT_VIEW, enums.ObjectType.OBJECT_SEQUENCE):
        return
    if node.objtype != enums.ObjectType.OBJECT_TABLE:
        raise Refused("unsupported statement: AlterTable")
    table = quote_name(node.relation.schemaname, node.relation.relname)
    if found.is_async:
        _validate_async(node, table, found)
        return
    for command in node.cmds:
        _check_action(command, table, found)
    if len(node.cmds) == 1 and node.cmds[0].subtype in TRIGGERS:
        # Accepted without effect, so PostgreSQL gets the form that has none.
        found.postgres = f"ALTER TABLE {table} ENABLE TRIGGER USER"


def _validate_async(node: ast.AlterTableStmt, table: str, found: Findings) -> None:
    command = node.cmds[0]
    if len(node.cmds) != 1 or command.subtype != At.AT_ValidateConstraint:
        raise Refused('syntax error at or near "ASYNC"', "42601")
    arguments = [quote_literal(table), quote_literal(command.name), str(bool(node.missing_ok))]
    found.postgres = f"SELECT * FROM sys.start_validation({', '.join(arguments)})"
    found.tag = "ALTER TABLE"


def _check_action(command: ast.AlterTableCmd, table: str, found: Findings) -> None:
    kind = command.subtype
    if kind in ALLOWED_ACTIONS:
        return
    if kind == At.AT_AddColumn:
        _check_added_column(command.def_, found)
    elif kind == At.AT_AddConstraint:
        _check_added_constraint(command.def_)
    elif kind == At.AT_DropColumn:
        found.checks.append(catalog.not_a_primary_key_column(table, command.name))
    elif kind == At.AT_DropConstraint:
        found.checks.append(catalog.not_a_primary_key(table, command.name))
    elif kind == At.AT_AddIdentity:
        check_cache(command.def_.options, "identity column is")
        found.checks.append(catalog.identity_is_bigint(table, command.name))
    elif kind == At.AT_ValidateConstraint:
        raise Refused("unsupported ALTER TABLE VALIDATE CONSTRAINT statement")
    elif kind not in TRIGGERS:
        name = ACTION_NAMES.get(kind, kind.name.removeprefix("AT_"))
        raise Refused(f"unsupported ALTER TABLE {name} statement")


def _check_added_column(column: ast.ColumnDef, found: Findings) -> None:
    if column.constraints:
        raise Refused("ALTER TABLE ADD COLUMN with constraint not supported")
    check_column(column, found)


def _check_added_constraint(constraint: ast.Constraint) -> None:
    kind = constraint.contype
    if kind in (Con.CONSTR_CHECK, Con.CONSTR_FOREIGN) and constraint.skip_validation:
        return
    if kind == Con.CONSTR_UNIQUE and constraint.indexname and not constraint.deferrable:
        return
    raise Refused("unsupported ALTER TABLE ADD CONSTRAINT statement")
