"""What the double says no with: an SQLSTATE and a message, as an exception."""

from __future__ import annotations


class Refused(Exception):
    """One error answer. `position` counts characters from 1 in the client's text."""

    def __init__(
        self,
        message: str,
        sqlstate: str = "0A000",
        *,
        detail: str | None = None,
        hint: str | None = None,
        position: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.sqlstate = sqlstate
        self.detail = detail
        self.hint = hint
        self.position = position
