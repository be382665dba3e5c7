"""Asynchronous jobs: submitted -> processing -> completed or failed, all in sys.job_store.

A session only adds the row, in its own transaction; PostgreSQL notifies the runner
when that commits. The index has been built by then, but is marked invalid; the
job's end makes it valid, or, for a unique index over duplicates, leaves it so:
invalid, and refusing new duplicates. A double that is restarted goes on with the
jobs it finds.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tests.dsql.cluster import Cluster
from tests.dsql.refusal import Refused
from tests.dsql.statement import quote_literal, quote_name
from tests.dsql.upstream import Superuser

DUPLICATES = "Found duplicate key while validating index for UCVs"
UNFINISHED = """
SELECT job_id, job_type, object_id, table_id, table_name, constraint_name
  FROM sys.job_store WHERE status IN ('submitted', 'processing')
"""


@dataclass(frozen=True)
class Job:
    id: str
    kind: str
    object_id: str
    table_id: str
    table_name: str
    constraint: str


class JobRunner:
    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._running: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Runs until cancelled."""
        database = await Superuser.connect(self._cluster.socket_path)
        try:
            await database.query("LISTEN sys_jobs")
            while True:
                for row in await database.query(UNFINISHED):
                    job = Job(*(value or "" for value in row))
                    if job.id not in self._running:
                        self._running[job.id] = asyncio.create_task(self._run_one(job))
                await database.wait_for_notification()
        finally:
            for task in self._running.values():
                task.cancel()
            database.close()

    async def _run_one(self, job: Job) -> None:
        delay = self._cluster.settings.job_delay
        database = await Superuser.connect(self._cluster.socket_path)
        try:
            await self._stay("submitted", delay / 4)
            await database.query(_make_update(job, "processing", None))
            await self._stay("processing", delay * 3 / 4)
            await self._finish(job, database)
        except EOFError:  # the server is going away
            pass
        finally:
            database.close()
            self._running.pop(job.id, None)

    async def _stay(self, state: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        while self._cluster.settings.job_hold == state:
            await asyncio.sleep(0.01)

    async def _finish(self, job: Job, database: Superuser) -> None:
        steps = {"INDEX_BUILD": _finish_index, "VALIDATE_CONSTRAINT": _finish_validation}
        await database.query("SET lock_timeout = '200ms'")
        while True:
            try:
                status, details = await steps[job.kind](job, database)
                break
            except Refused as error:
                if error.sqlstate not in ("55P03", "40001", "40P01"):
                    status, details = "failed", error.message
                    break
                await asyncio.sleep(0.05)
        retention = self._cluster.settings.job_retention
        await database.query(_make_update(job, status, details))
        await database.query(
            "DELETE FROM sys.job_store WHERE status IN ('completed', 'failed')"
            f" AND update_time < clock_timestamp() - interval '1 s' * {retention}"
        )
        self._cluster.catalog_changed(None)


async def _finish_index(job: Job, database: Superuser) -> tuple[str, str | None]:
    gone = await _what_is_gone(job, database)
    if gone:
        return "completed", gone
    query = await _make_duplicates_query(job, database)
    if query and await database.query(query):
        return "failed", DUPLICATES
    await database.query(
        f"UPDATE pg_index SET indisvalid = true WHERE indexrelid = {job.object_id}"
    )
    return "completed", None


async def _finish_validation(job: Job, database: Superuser) -> tuple[str, str | None]:
    gone = await _what_is_gone(job, database)
    if gone:
        return "completed", gone
    ((schema, table),) = await database.query(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n"
        f" ON n.oid = c.relnamespace WHERE c.oid = {job.table_id}"
    )
    name = quote_name(schema, table)
    try:
        await database.query(f"ALTER TABLE {name} VALIDATE CONSTRAINT {quote_name(job.constraint)}")
    except Refused as error:
        if error.sqlstate == "23514":
            return "failed", f'check constraint "{job.constraint}" is violated by some row'
        raise
    return "completed", None


async def _what_is_gone(job: Job, database: Superuser) -> str | None:
    """The table, or an index dropped on its own (the text for that is a guess)."""
    if not await database.query(f"SELECT FROM pg_class WHERE oid = {job.table_id}"):
        return f'relation "{job.table_name}" does not exist'
    if not await database.query(f"SELECT FROM pg_class WHERE oid = {job.object_id}"):
        return "index does not exist"
    return None


async def _make_duplicates_query(job: Job, database: Superuser) -> str | None:
    """A query with a row for each set of rows the unique index forbids; None if not unique."""
    ((unique, nulls_equal, count, table, predicate),) = await database.query(
        "SELECT indisunique, coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false),"
        " indnkeyatts, format('%I.%I', n.nspname, c.relname), pg_get_expr(indpred, indrelid)"
        " FROM pg_index i JOIN pg_class c ON c.oid = indrelid"
        f" JOIN pg_namespace n ON n.oid = relnamespace WHERE indexrelid = {job.object_id}"
    )
    if unique != "t":
        return None
    keys: list[str] = []
    for number in range(1, int(count or 0) + 1):
        sql = f"SELECT pg_get_indexdef({job.object_id}, {number}, false)"
        ((key,),) = await database.query(sql)
        keys.append(f"({key})")
    wheres = [f"({predicate})"] if predicate else []
    if nulls_equal != "t":
        wheres += [f"{key} IS NOT NULL" for key in keys]
    where = f" WHERE {' AND '.join(wheres)}" if wheres else ""
    grouped = ", ".join(keys)
    return f"SELECT 1 FROM {table}{where} GROUP BY {grouped} HAVING count(*) > 1 LIMIT 1"


def _make_update(job: Job, status: str, details: str | None) -> str:
    return (
        f"UPDATE sys.job_store SET status = {quote_literal(status)},"
        f" details = {quote_literal(details)}, update_time = clock_timestamp()"
        f" WHERE job_id = {quote_literal(job.id)}"
    )
