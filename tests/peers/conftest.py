from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.postgres import ThrowawayPostgres


@pytest.fixture(scope="session")
def server() -> Iterator[ThrowawayPostgres]:
    with ThrowawayPostgres() as running:
        yield running
