"""Runs a command with a throwaway PostgreSQL: with_postgres.py [--tls] [--version N] -- COMMAND...

The command finds it through PGTEST_URL, PGTEST_HOST, PGTEST_PORT, PGTEST_USER,
PGTEST_DATABASE and PGTEST_SOCKET_DIR; with --password also PGTEST_PASSWORD, with
--tls also PGTEST_CA. The exit code is the command's.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from tests.support.postgres import ThrowawayPostgres, find_version  # noqa: E402
from tests.support.run_command import run_command  # noqa: E402


def make_environment(server: ThrowawayPostgres) -> dict[str, str]:
    environment = {
        "PGTEST_URL": server.url(),
        "PGTEST_HOST": server.host,
        "PGTEST_PORT": str(server.port),
        "PGTEST_USER": server.user,
        "PGTEST_DATABASE": "postgres",
        "PGTEST_SOCKET_DIR": server.socket_dir,
    }
    if server.password is not None:
        environment["PGTEST_PASSWORD"] = server.password
    if server.ca:
        environment["PGTEST_CA"] = str(server.ca)
    return environment


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tls", action="store_true", help="TCP connections must use TLS")
    parser.add_argument("--password", help="TCP connections must give this password")
    parser.add_argument("--version", type=int, help="of this major version, not any")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    bin_dir = find_version(arguments.version) if arguments.version else None
    with ThrowawayPostgres(
        tls=arguments.tls, password=arguments.password, bin_dir=bin_dir
    ) as server:
        return run_command(arguments.command, make_environment(server))


if __name__ == "__main__":
    sys.exit(main())
