"""Each package in turn, and a DSQL double for its tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dsql.double import Double
from tests.package.bare_root import ARCHITECTURES
from tests.support.postgres import ThrowawayPostgres


@pytest.fixture
def double() -> Iterator[Double]:
    with ThrowawayPostgres() as postgres, Double(postgres) as started:
        yield started


# `make soak` has the root of an older distribution as well.
BASES: dict[str, Path | None] = {"nothing": None}
if "OLDER_ROOT" in os.environ:
    BASES["older"] = Path(os.environ["OLDER_ROOT"])


@pytest.fixture(params=BASES)
def base(request: pytest.FixtureRequest) -> Path | None:
    return BASES[request.param]


@pytest.fixture(params=ARCHITECTURES)
def arch(request: pytest.FixtureRequest) -> str:
    return str(request.param)
