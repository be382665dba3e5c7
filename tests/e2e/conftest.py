"""What the end-to-end tests share: one PostgreSQL, one double, one ministack for all of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.dsql.double import Double
from tests.support.command_line import BOOTSTRAP
from tests.support.deployment import Deployment
from tests.support.moto_bucket import MotoBucket, start_bucket
from tests.support.world import World


@pytest.fixture(scope="session")
def started_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    assert BOOTSTRAP.exists(), "run `make build` first"
    with World(tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture
def world(started_world: World) -> World:
    """With an empty cluster and the double's own settings."""
    started_world.double.reset()
    started_world.double.settings.clock_offset = 0.0
    return started_world


@pytest.fixture
def double(world: World) -> Double:
    return world.double


@pytest.fixture
def deployment(world: World) -> Deployment:
    name = f"shop-{uuid.uuid4().hex[:8]}"
    world.cloud.client("s3").create_bucket(Bucket=name)
    return Deployment(world, world.new_stack(name), name)


@pytest.fixture(scope="session")
def bucket() -> Iterator[MotoBucket]:
    with start_bucket() as made:
        yield made
