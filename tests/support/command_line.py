"""`bootstrap --event`: one event without a Runtime API."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema

from tests.dsql.double import Double

TOP = Path(__file__).resolve().parents[2]
BOOTSTRAP = TOP / "build" / "bootstrap"
ANSWER_SCHEMA = json.loads((TOP / "events" / "answer.schema.json").read_text())
EVENT_SCHEMA = json.loads((TOP / "events" / "event.schema.json").read_text())
RUN_SECONDS = 120


@dataclass(frozen=True)
class Outcome:
    exit_code: int
    answer: dict[str, Any]
    log: str

    @property
    def status(self) -> str:
        return self.answer["status"]

    @property
    def problem(self) -> dict[str, Any]:
        """The first problem of the files or the event."""
        return self.answer["problems"][0]

    def text(self) -> str:
        """Everything the outside gets to see."""
        return json.dumps(self.answer, ensure_ascii=False) + "\n" + self.log


def run(
    arguments: list[str], environment: dict[str, str], stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Runs bootstrap with this environment and nothing else but PATH."""
    return subprocess.run(
        [str(BOOTSTRAP), *arguments],
        env={"PATH": os.environ["PATH"]} | environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
    )


class Running:
    """bootstrap at work on an event; `process` is its process."""

    def __init__(self, event: object, environment: dict[str, str], *arguments: str) -> None:
        self.process = subprocess.Popen(
            [str(BOOTSTRAP), "--event", "-", *arguments],
            env={"PATH": os.environ["PATH"]} | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdin
        self.process.stdin.write(json.dumps(event, ensure_ascii=False))
        self.process.stdin.close()
        self.process.stdin = None

    def finish(self) -> Outcome:
        """Waits for its answer, which is checked against its schema."""
        stdout, stderr = self.process.communicate(timeout=RUN_SECONDS)
        answer = json.loads(stdout)
        jsonschema.validate(answer, ANSWER_SCHEMA)
        return Outcome(self.process.returncode, answer, stderr)


def run_event(event: object, environment: dict[str, str], *arguments: str) -> Outcome:
    """The event on standard input. The answer is checked against its schema."""
    done = run(["--event", "-", *arguments], environment, json.dumps(event, ensure_ascii=False))
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, ANSWER_SCHEMA)
    return Outcome(done.returncode, answer, done.stderr)


def dsql_target(double: Double, user: str = "admin", **changes: str) -> str:
    """The double as a `target`; a parameter is changed or, with "", left out."""
    parameters = {"hostaddr": double.host, "sslrootcert": str(double.ca)} | changes
    query = "&".join(f"{name}={quote(value)}" for name, value in parameters.items() if value)
    return f"dsql://{user}@{double.host_name}:{double.port}/postgres?{query}"


def credentials(double: Double) -> dict[str, str]:
    """The environment that makes tokens the double takes."""
    key = double.settings.keys[0]
    return {
        "AWS_ACCESS_KEY_ID": key.access_key,
        "AWS_SECRET_ACCESS_KEY": key.secret,
        "AWS_REGION": "us-east-1",
    }


def write_files(folder: Path, files: dict[str, str | bytes]) -> str:
    """Writes the migration files; returns the folder as a `source`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return f"file://{folder}/"


def user_tables(double: Double) -> list[str]:
    """The tables there are, without the ledger's."""
    rows = double.query(
        "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname NOT IN"
        " ('pg_catalog', 'information_schema', 'sys') AND schemaname NOT LIKE 'dsql\\_migrate%'"
        " ORDER BY 1"
    )
    return [row[0] or "" for row in rows]
