"""Each package in turn, and a DSQL double for its tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.dsql.double import Double
from tests.package.bare_root import ARCHITECTURES
from tests.support.postgres import ThrowawayPostgres


@pytest.fixture
def double() -> Iterator[Double]:
    with ThrowawayPostgres() as postgres, Double(postgres) as started:
        yield started


@pytest.fixture(params=ARCHITECTURES)
def arch(request: pytest.FixtureRequest) -> str:
    return str(request.param)
