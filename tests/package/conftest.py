"""A DSQL double for the packages' tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.dsql.double import Double
from tests.support.postgres import ThrowawayPostgres


@pytest.fixture
def double() -> Iterator[Double]:
    with ThrowawayPostgres() as postgres, Double(postgres) as started:
        yield started
