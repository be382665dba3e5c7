"""python -m tests.dsql: PostgreSQL and the double in front of it, until SIGINT or SIGTERM."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path

from tests.dsql.double import Double
from tests.dsql.settings import CHOICES, DEFAULT_HOST, DEFAULT_KEY, Key, Settings
from tests.support.postgres import ThrowawayPostgres


def parse_key(text: str) -> Key:
    parts = text.split(":", 2)
    if len(parts) < 2 or not all(parts):
        raise argparse.ArgumentTypeError("a key is AKID:SECRET or AKID:SECRET:SESSION_TOKEN")
    return Key(*parts)


def make_parser(description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.dsql", description=description)
    add = parser.add_argument
    add("--port", type=int, default=0, help="where to listen on 127.0.0.1 (any free port)")
    add("--control", type=int, default=0, metavar="PORT", help="the control port (any free port)")
    add("--host-name", default=DEFAULT_HOST, help="the endpoint's name (%(default)s)")
    add("--key", type=parse_key, action="append", metavar="AKID:SECRET[:TOKEN]",
        help="a key whose tokens are accepted; repeatable")  # fmt: skip
    add("--job-delay", type=float, default=0.2, metavar="S", help="an asynchronous job's duration")
    add("--latency", type=float, default=0.0, metavar="S", help="added to every round trip")
    add("--oc001", choices=CHOICES["oc001"], default="off",
        help="who gets OC001 after a catalog change")  # fmt: skip
    add("--connection-life", type=float, default=3600.0, metavar="S")
    add("--transaction-age", type=float, default=300.0, metavar="S")
    add("--state-dir", type=Path, metavar="DIR", help="keep data and certificates here")
    return parser


def make_settings(arguments: argparse.Namespace) -> Settings:
    return Settings(
        host_name=arguments.host_name,
        keys=tuple(arguments.key or [DEFAULT_KEY]),
        job_delay=arguments.job_delay,
        latency=arguments.latency,
        oc001=arguments.oc001,
        connection_life=arguments.connection_life,
        transaction_age=arguments.transaction_age,
    )


def make_double(arguments: argparse.Namespace, postgres: ThrowawayPostgres) -> Double:
    certificates = None
    if arguments.state_dir:
        certificates = arguments.state_dir / "certificates"
        certificates.mkdir(parents=True, exist_ok=True)
    return Double(
        postgres,
        make_settings(arguments),
        port=arguments.port,
        control_port=arguments.control,
        directory=certificates,
    )


def make_postgres(arguments: argparse.Namespace) -> ThrowawayPostgres:
    return ThrowawayPostgres(
        state_dir=arguments.state_dir / "postgres" if arguments.state_dir else None
    )


def describe(double: Double, postgres: ThrowawayPostgres) -> dict[str, object]:
    return {
        "host": double.host_name,
        "hostaddr": double.host,
        "port": double.port,
        "ca": str(double.ca),
        "control": f"http://127.0.0.1:{double.control_port}",
        "postgres_port": postgres.port,
        "postgres_socket_dir": postgres.socket_dir,
    }


def main() -> int:
    arguments = make_parser(__doc__ or "").parse_args()
    stops = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    with make_postgres(arguments) as postgres, make_double(arguments, postgres) as double:
        print(json.dumps(describe(double, postgres)), flush=True)
        signal.sigwait(stops)
    return 0


if __name__ == "__main__":
    sys.exit(main())
