"""Runs a command with a DSQL double: with_dsql.py [options of tests.dsql] -- COMMAND...

The command finds it through DSQL_HOST (the endpoint's name), DSQL_HOSTADDR,
DSQL_PORT, DSQL_CA, DSQL_CONTROL, AWS_REGION, AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY and, for a key that has one, AWS_SESSION_TOKEN; the
PostgreSQL behind it through PGTEST_*. The exit code is the command's.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from tests.dsql.__main__ import make_double, make_parser, make_postgres  # noqa: E402
from tests.dsql.auth import region_of  # noqa: E402
from tests.dsql.double import Double  # noqa: E402
from tests.support import with_postgres  # noqa: E402
from tests.support.run_command import run_command  # noqa: E402


def make_environment(double: Double) -> dict[str, str]:
    key = double.settings.keys[0]
    environment = {
        "DSQL_HOST": double.host_name,
        "DSQL_HOSTADDR": double.host,
        "DSQL_PORT": str(double.port),
        "DSQL_CA": str(double.ca),
        "DSQL_CONTROL": f"http://127.0.0.1:{double.control_port}",
        "AWS_REGION": region_of(double.host_name),
        "AWS_DEFAULT_REGION": region_of(double.host_name),
        "AWS_ACCESS_KEY_ID": key.access_key,
        "AWS_SECRET_ACCESS_KEY": key.secret,
    }
    if key.session_token:
        environment["AWS_SESSION_TOKEN"] = key.session_token
    return environment


def main() -> int:
    parser = make_parser((__doc__ or "").splitlines()[0])
    parser.prog = "with_dsql.py"
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    with make_postgres(arguments) as postgres, make_double(arguments, postgres) as double:
        environment = with_postgres.make_environment(postgres) | make_environment(double)
        return run_command(arguments.command, environment)


if __name__ == "__main__":
    sys.exit(main())
