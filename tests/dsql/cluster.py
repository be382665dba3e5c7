"""The state that all connections of one double share."""

from __future__ import annotations

import asyncio
import itertools
from typing import Protocol

from tests.dsql.faults import Faults
from tests.dsql.journal import Journal
from tests.dsql.refusal import Refused
from tests.dsql.settings import Settings
from tests.dsql.upstream import Superuser


class OpenSession(Protocol):
    seen_catalog: int

    def cut(self) -> None: ...


class Cluster:
    def __init__(self, socket_path: str, settings: Settings) -> None:
        self.socket_path = socket_path
        self.settings = settings
        self.faults = Faults()
        self.journal = Journal()
        self.sessions: dict[int, OpenSession] = {}
        self.catalog_version = 0
        self.crashes: list[BaseException] = []  # mistakes of the double itself
        self._numbers = itertools.count(1)
        self._superuser: Superuser | None = None

    def next_number(self) -> int:
        return next(self._numbers)

    async def ask(self, sql: str) -> list[tuple[str | None, ...]]:
        """Asks the database as superuser, on a connection kept for that."""
        if self._superuser is None:
            self._superuser = await Superuser.connect(self.socket_path)
        return await self._superuser.query(sql)

    def catalog_changed(self, by: OpenSession | None) -> None:
        """By a session, or a job's end. Others' cached catalogs are out of date now; with `all`,
        `by`'s own is too."""
        if by is None and self.settings.oc001 == "ddl":
            return
        self.catalog_version += 1
        if by is not None and self.settings.oc001 != "all":
            by.seen_catalog = self.catalog_version

    def is_out_of_date(self, session: OpenSession) -> bool:
        """Whether the session must be told so now; true once for each change."""
        current = session.seen_catalog == self.catalog_version
        session.seen_catalog = self.catalog_version
        return self.settings.oc001 != "off" and not current

    async def end_jobs(self) -> None:
        """Waits until none is under way, but not for one that somebody's lock holds up."""
        for _ in range(250):
            if self.settings.job_hold != "none" or not await self.ask(UNFINISHED_JOB):
                return
            await asyncio.sleep(0.002)

    def cut_all(self) -> None:
        for session in list(self.sessions.values()):
            session.cut()

    async def reset(self) -> None:
        """An empty cluster again: no sessions, user objects, jobs, faults or journal."""
        ending = set(self.sessions)
        self.cut_all()
        self.faults.clear()
        for _ in range(50):
            try:
                await self.ask(RESET)
                break
            except Refused as error:  # a session that is just ending still holds a lock, or writes
                if error.sqlstate not in ("40P01", "55P03", "40001", "XX000"):
                    raise
        for _ in range(1000):  # each writes its end into the journal
            if ending.isdisjoint(self.sessions):
                break
            await asyncio.sleep(0.002)
        self.journal.clear()

    def close(self) -> None:
        self.cut_all()
        if self._superuser:
            self._superuser.close()


UNFINISHED_JOB = "SELECT FROM sys.job_store WHERE status IN ('submitted', 'processing') LIMIT 1"
RESET = """
SET client_min_messages = error;
SET lock_timeout = '500ms';
DO $$
DECLARE
  it record;
BEGIN
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND usename <> 'postgres';
  FOR it IN SELECT nspname FROM pg_namespace
    WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'sys') LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', it.nspname);
  END LOOP;
  CREATE SCHEMA public AUTHORIZATION admin;
  GRANT USAGE ON SCHEMA public TO PUBLIC;
  DELETE FROM sys.job_store;
  DELETE FROM sys.iam_pg_role_mappings;
  FOR it IN SELECT rolname FROM pg_roles
    WHERE rolname !~ '^pg_' AND rolname NOT IN ('postgres', 'admin') LOOP
    EXECUTE format('DROP OWNED BY %I CASCADE', it.rolname);
    EXECUTE format('DROP ROLE %I', it.rolname);
  END LOOP;
END $$;
"""
