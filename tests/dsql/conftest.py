"""One PostgreSQL and one double for all tests here; each test finds an empty cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.dsql.client import Client
from tests.dsql.double import Double
from tests.dsql.settings import Settings
from tests.support.postgres import ThrowawayPostgres

Connect = Callable[..., Client]
DEFAULTS = Settings(job_delay=0.04)


@pytest.fixture(scope="session")
def postgres() -> Iterator[ThrowawayPostgres]:
    with ThrowawayPostgres() as server:
        yield server


@pytest.fixture(scope="session")
def running_double(
    postgres: ThrowawayPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Double]:
    directory: Path = tmp_path_factory.mktemp("double")
    with Double(postgres, Settings(**vars(DEFAULTS)), directory=directory) as double:
        yield double
    assert double.crashes == []


@pytest.fixture
def double(running_double: Double) -> Iterator[Double]:
    """The double with default settings, no faults and nothing in it."""
    running_double.reset()
    yield running_double
    running_double.settings.change(DEFAULTS.as_dict())
    running_double.clear_faults()


@pytest.fixture
def connect(double: Double) -> Iterator[Connect]:
    """Opens connections, with changes to the double's connect_arguments()."""
    clients: list[Client] = []

    def open_client(user: str = "admin", **changes: object) -> Client:
        clients.append(Client(double.connect_arguments(user) | changes))
        return clients[-1]

    yield open_client
    for client in clients:
        client.close()


@pytest.fixture
def db(connect: Connect) -> Client:
    """An admin's connection."""
    return connect()
