"""Questions that only the catalog can answer, asked just before a statement runs."""

from __future__ import annotations

from tests.dsql.refusal import Refused
from tests.dsql.settings import Settings
from tests.dsql.statement import Ask, Check, quote_literal

USER_SCHEMAS = "n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'sys')"


def type_is_a_domain(name: str) -> Check:
    async def check(ask: Ask, _: Settings) -> None:
        sql = "SELECT typtype, format_type(oid, NULL) FROM pg_type WHERE oid = to_regtype({})"
        for kind, shown in await ask(sql.format(quote_literal(name))):
            if kind != "d":
                raise Refused(f"datatype {shown} not supported")

    return check


def room_for_schema() -> Check:
    """Judged before IF NOT EXISTS is."""

    async def check(ask: Ask, settings: Settings) -> None:
        sql = f"SELECT count(*) FROM pg_namespace n WHERE {USER_SCHEMAS} AND nspname <> 'public'"
        ((count,),) = await ask(sql)
        if int(count or 0) >= settings.schemas:
            raise Refused(f"more than {settings.schemas} schemas not allowed", "54000")

    return check


def room_for_relation(kind: str) -> Check:
    """`kind` is pg_class.relkind: r, v or S."""

    async def check(ask: Ask, settings: Settings) -> None:
        limit, message = {
            "r": (settings.tables, "creating more than {} tables not allowed"),
            "v": (settings.views, "creating more than {} views not allowed"),
            "S": (settings.sequences, "creating more than {} sequences is not allowed"),
        }[kind]
        sql = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        ((count,),) = await ask(f"{sql} WHERE c.relkind = '{kind}' AND {USER_SCHEMAS}")
        if int(count or 0) >= limit:
            raise Refused(message.format(limit), "54000")

    return check


def not_a_primary_key(table: str, constraint: str) -> Check:
    async def check(ask: Ask, _: Settings) -> None:
        sql = "SELECT 1 FROM pg_constraint WHERE contype = 'p' AND conrelid = to_regclass({})"
        where = f"{sql} AND conname = {quote_literal(constraint)}"
        if await ask(where.format(quote_literal(table))):
            raise Refused("unsupported ALTER TABLE DROP CONSTRAINT statement")

    return check


def not_a_primary_key_column(table: str, column: str) -> Check:
    async def check(ask: Ask, _: Settings) -> None:
        sql = (
            "SELECT 1 FROM pg_constraint c JOIN pg_attribute a"
            " ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)"
            f" WHERE c.contype = 'p' AND c.conrelid = to_regclass({quote_literal(table)})"
            f" AND a.attname = {quote_literal(column)}"
        )
        if await ask(sql):
            raise Refused(f"cannot drop primary key column {column}")

    return check


def identity_is_bigint(table: str, column: str) -> Check:
    async def check(ask: Ask, _: Settings) -> None:
        sql = (
            "SELECT format_type(atttypid, NULL) FROM pg_attribute"
            f" WHERE attrelid = to_regclass({quote_literal(table)})"
            f" AND attname = {quote_literal(column)} AND atttypid <> 'int8'::regtype"
        )
        for (shown,) in await ask(sql):
            raise Refused(f"datatype {shown} not supported, identity column type must be bigint")

    return check


def role_has_no_mapping(roles: list[str]) -> Check:
    async def check(ask: Ask, _: Settings) -> None:
        names = ", ".join(quote_literal(role) for role in roles)
        sql = f"SELECT pg_role_name FROM sys.iam_pg_role_mappings WHERE pg_role_name IN ({names})"
        for (role,) in await ask(sql):
            # Documented as impossible; the text is PostgreSQL's for a role in use.
            message = f'role "{role}" cannot be dropped because some objects depend on it'
            raise Refused(message, "2BP01")

    return check
