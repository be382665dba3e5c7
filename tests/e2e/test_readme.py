"""README.md's commands for deploying, word by word, with the emulator for AWS."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cfnlint.decode import cfn_yaml

from tests.support.command_line import user_tables
from tests.support.deploy import TEMPLATE, TOP
from tests.support.examples import readme_example
from tests.support.ministack import ACCESS_KEY, REGION, SECRET_KEY
from tests.support.world import World

TOOLS = TOP / "build" / "sam-venv" / "bin"
SECONDS = 600
# The AWS CLI of PyPI is version 1, whose payloads are raw and which does not know the option.
AWS = """#!/bin/bash
words=()
for word in "$@"; do
  [[ $word == --cli-binary-format || $word == raw-in-base64-out ]] || words+=("$word")
done
exec "{aws}" "${{words[@]}}"
"""


def readme_commands(heading: str) -> list[str]:
    """The sh blocks below the heading, up to the next one."""
    text = (TOP / "README.md").read_text()
    section = re.split(r"^#+ ", text.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    blocks = re.findall(r"^( *)```sh\n(.*?)^ *```$", section, re.MULTILINE | re.DOTALL)
    return [re.sub(f"^{indent}", "", block, flags=re.MULTILINE) for indent, block in blocks]


@dataclass(frozen=True)
class Terminal:
    world: World
    folder: Path

    def run(self, command: str, folder: Path, typed: str = "") -> str:
        """What it prints; fails when it does."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=folder,
            env=self._environment(),
            input=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}"
        return done.stdout

    def _environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("AWS_") and "PROXY" not in name.upper()
        }
        cache = os.environ.get("XDG_CACHE_HOME", f"{Path.home()}/.cache")  # HOME is another below
        return kept | {
            "PATH": f"{self.folder}:{TOOLS}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "AWS_ENDPOINT_URL": self.world.cloud.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "DSQL_MIGRATE_CACHE": os.environ.get("DSQL_MIGRATE_CACHE", f"{cache}/dsql-migrate"),
            "SAM_CLI_TELEMETRY": "0",
            "SAM_CLI_CHECK_FOR_UPDATE": "0",
        }


@pytest.fixture
def terminal(world: World, tmp_path: Path) -> Iterator[Terminal]:
    shim = tmp_path / "aws"
    shim.write_text(AWS.format(aws=TOOLS / "aws"))
    shim.chmod(0o755)
    s3 = world.cloud.client("s3")
    for bucket in ("my-migrations", "my-deployments"):
        s3.create_bucket(Bucket=bucket)
    yield Terminal(world, tmp_path)
    shutil.rmtree(TOP / ".aws-sam", ignore_errors=True)


def answers_to_guide(stack: str, parameters: dict[str, str]) -> str:
    """Stack, region, each parameter (an empty line is its default), and what sam asks at the end."""
    names = cfn_yaml.load(str(TEMPLATE))["Parameters"]
    confirm, may_make_roles, no_rollback, save = "n", "y", "n", "n"
    lines = [stack, REGION, *(parameters.get(name, "") for name in names)]
    return "\n".join([*lines, confirm, may_make_roles, no_rollback, save, ""])


def outputs_of(terminal: Terminal, stack: str) -> dict[str, str]:
    found = terminal.world.cloud.client("cloudformation").describe_stacks(StackName=stack)
    return {o["OutputKey"]: o["OutputValue"] for o in found["Stacks"][0]["Outputs"]}


def upload_files(terminal: Terminal) -> None:
    folder = terminal.folder / "migrations"
    folder.mkdir()
    terminal.run(readme_commands("First deploy, five minutes")[0], folder)


def test_sam_builds_and_deploys_and_the_function_migrates(terminal: Terminal) -> None:
    _, deploy, invoke = readme_commands("First deploy, five minutes")
    upload_files(terminal)
    terminal.world.new_stack("sam-app")  # for its key: the stack itself is sam's to make
    parameters = terminal.world.parameters("my-migrations", "app/")
    terminal.run(deploy, TOP, answers_to_guide("sam-app", parameters))
    function = outputs_of(terminal, "sam-app")["FunctionName"]
    printed = terminal.run(invoke.replace("<FunctionName output>", function), terminal.folder)
    assert re.findall(r'"status": ?"(\w+)"', printed) == ["PLANNED", "APPLIED"], printed
    assert user_tables(terminal.world.double) == ["public.users"]


def test_without_sam_the_aws_cli_packages_and_deploys(terminal: Terminal) -> None:
    upload_files(terminal)
    [deploy] = readme_commands("Without SAM")
    [start] = readme_commands("Many invocations, many targets")
    terminal.world.new_stack("app-migrations")
    parameters = terminal.world.parameters("my-migrations", "app/", Workflow="true")
    more = " ".join(f"'{name}={value}'" for name, value in parameters.items())
    terminal.run(f"{deploy.rstrip()} {more}", TOP)
    workflow = outputs_of(terminal, "app-migrations")["WorkflowArn"]
    started = terminal.run(start.replace("<WorkflowArn output>", workflow), terminal.folder)
    execution = json.loads(started)["executionArn"]
    client = terminal.world.cloud.client("stepfunctions")
    while (found := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(0.1)
    assert json.loads(found["output"])["status"] == "APPLIED"
    assert user_tables(terminal.world.double) == ["public.users"]


@pytest.mark.parametrize("language", ["js", "hcl"])
def test_the_examples_give_the_function_variables_and_rights_that_it_knows(language: str) -> None:
    text = readme_example(language)
    known = (TOP / "events" / "event.schema.json").read_text()
    variables = set(re.findall(r"MIGRATE_\w+", text))
    assert {"MIGRATE_SOURCE", "MIGRATE_TARGET"} <= variables
    assert [name for name in variables if f"({name})" not in known] == []
    actions = set(re.findall(r"\b(?:s3|dsql):\w+", text)) - {"s3:::my"}
    assert actions == {"dsql:DbConnectAdmin", "s3:GetObject", "s3:ListBucket"}


def test_terraform_takes_no_run_for_done_that_answers_otherwise() -> None:
    [condition] = re.findall(r"condition += contains\((.*), jsondecode", readme_example("hcl"))
    assert json.loads(condition) == ["APPLIED", "UP_TO_DATE"]


def test_the_cdk_example_has_cloudformation_wait_for_the_last_try_of_an_event() -> None:
    minutes = dict(re.findall(r"(\w+): cdk\.Duration\.minutes\((\d+)\)", readme_example("js")))
    run, age, wait = (int(minutes[name]) for name in ("timeout", "maxEventAge", "serviceTimeout"))
    assert 2 * run + 1 + 2 <= age and age + run <= wait  # Lambda pauses a minute, then two
