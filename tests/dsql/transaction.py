"""What one session's current transaction has done so far, and what it may still do."""

from __future__ import annotations

import time

from tests.dsql.refusal import Refused
from tests.dsql.settings import Settings
from tests.dsql.statement import Kind, Statement

TWO_DDL = "multiple ddl statements not supported in a transaction"
MIXED = "ddl and dml are not supported in the same transaction"


class Transaction:
    """Explicit between BEGIN and its end, else the implicit one up to the next Sync."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.explicit = False
        self.ddl = False
        self.dml = False
        self.rows = 0
        self.size = 0
        self._started = time.monotonic()
        self._used = False

    def reset(self) -> None:
        self.__init__(self._settings)  # type: ignore[misc]

    def check(self, statement: Statement) -> None:
        """Raises Refused when the statement may not run in this transaction."""
        limit = self._settings.transaction_age
        old = self.explicit and time.monotonic() - self._started > limit
        if old and statement.kind != Kind.ROLLBACK:
            raise Refused(f"transaction age limit of {limit:g}s exceeded", "54000")
        if statement.kind == Kind.DDL and self.ddl:
            raise Refused(TWO_DDL)
        if (statement.kind == Kind.DDL and self.dml) or (statement.kind == Kind.DML and self.ddl):
            raise Refused(MIXED)
        if statement.autocommit_only and (self.explicit or self._used):
            # PostgreSQL's own words for its like; no source has DSQL's.
            message = f"{statement.autocommit_only} cannot run inside a transaction block"
            raise Refused(message, "25001")
        if statement.kind == Kind.COMMIT and self.size > self._settings.transaction_bytes:
            self._refuse_size()

    def note(self, statement: Statement) -> None:
        """The statement is about to run."""
        if not self._used:
            self._started = time.monotonic()
        self._used = True
        self.explicit = self.explicit or statement.kind == Kind.BEGIN
        self.ddl = self.ddl or statement.kind == Kind.DDL
        self.dml = self.dml or statement.kind == Kind.DML
        if statement.kind == Kind.DML:
            self.size += len(statement.postgres)

    def note_tag(self, statement: Statement, tag: str) -> None:
        """A statement has run; raises Refused when that made too many changed rows."""
        count = tag.split()[-1]
        if statement.kind != Kind.DML or not count.isdigit() or tag.startswith("SELECT"):
            return
        self.rows += int(count)
        if self.rows > self._settings.transaction_rows:
            raise Refused("transaction row limit exceeded", "54000")

    def _refuse_size(self) -> None:
        shown = -(-self.size // (1 << 20))
        limit = self._settings.transaction_bytes >> 20
        raise Refused(
            f"transaction size limit {limit}mb exceeded",
            "54000",
            detail=f"Current transaction size {shown}mb > {limit}mb",
        )
