"""The aurora CLI, from exec() to its connection to the cluster, where it is installed: no registry has it.

Its files are in a folder; it makes a token, as the package does, and knows nothing of S3.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from shutil import which

from bench.cold_start.stopwatch import Start, Stopwatch, start
from bench.cold_start.surroundings import HOST_NAME, Cluster

CONFIGURATION = """
data "aws_dsql_token" "this" {{
  username = "admin"
  endpoint = "{host_name}"
  region   = "us-east-1"
}}
env "bench" {{
  url = "postgres://admin:${{urlescape(data.aws_dsql_token.this)}}@127.0.0.1:{port}/postgres?sslmode=require"
  migration {{
    dir = "file://{folder}"
  }}
}}
"""


def find_aurora() -> str | None:
    return os.environ.get("AURORA") or which("aurora")


def measure_aurora(aurora: str, environment: dict[str, str], until: str) -> Start:
    with tempfile.TemporaryDirectory(prefix="bench-aurora-") as name:
        folder = Path(name)
        (folder / "1_tea.sql").write_text("CREATE TABLE tea (name text PRIMARY KEY);\n")
        watch = Stopwatch(until=until)
        cluster = Cluster(watch.mark, folder)
        configuration = folder / "aurora.hcl"
        configuration.write_text(
            CONFIGURATION.format(host_name=HOST_NAME, port=cluster.port, folder=folder)
        )
        command = [aurora, "migrate", "--config", f"file://{configuration}", "--env", "bench", "apply"]
        taken = start(command, environment | {"HOME": name}, watch)
        cluster.close()
        return taken
