"""The Step Functions state machine of template.yaml, in ministack."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.command_line import user_tables
from tests.support.deployment import Deployment

SECONDS = 300.0
TARGETS = 25
INDEXED = {
    "1_tea.sql": "CREATE TABLE tea (name text PRIMARY KEY, leaf text);",
    "2_index.sql": "CREATE INDEX ASYNC tea_leaf ON tea (leaf);",
    "3_cups.sql": "ALTER TABLE tea ADD COLUMN cup text;",
}


class Workflow:
    def __init__(self, deployment: Deployment, **parameters: str) -> None:
        self.deployment = deployment
        release = deployment.release(1, {"1_tea.sql": "CREATE TABLE tea (name text PRIMARY KEY);"})
        parameters = release | {"RunOnDeploy": "false", "Workflow": "true"} | parameters
        self.outputs = deployment.stack.create(**parameters)
        self.client = deployment.world.cloud.client("stepfunctions")

    def start(self, event: object) -> str:
        started = self.client.start_execution(
            stateMachineArn=self.outputs["WorkflowArn"], input=json.dumps(event)
        )
        return started["executionArn"]

    def finish(self, execution: str) -> dict[str, Any]:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            found = self.client.describe_execution(executionArn=execution)
            if found["status"] != "RUNNING":
                return found
            time.sleep(0.2)
        raise TimeoutError(f"{execution} is still running")

    def count(self, execution: str, kind: str = "TaskSucceeded") -> int:
        """Its events of that type; an invocation is one."""
        pages = self.client.get_paginator("get_execution_history").paginate(executionArn=execution)
        return sum(event["type"] == kind for page in pages for event in page["events"])

    def wait_for(self, execution: str, number: int, kind: str = "TaskSucceeded") -> None:
        end = time.monotonic() + SECONDS
        while self.count(execution, kind) < number and time.monotonic() < end:
            time.sleep(0.1)


def upload_targets(deployment: Deployment) -> list[dict[str, str]]:
    """A folder and a ledger for each, as one double is all of their clusters. The last one fails."""
    s3 = deployment.world.cloud.client("s3")
    targets = []
    for number in range(TARGETS):
        table = f"t{number}"
        sql = f"CREATE TABLE {table} (id int PRIMARY KEY);"
        if number == TARGETS - 1:
            sql += f"\nINSERT INTO nowhere VALUES ({number});"
        key = f"releases/each/{number}/1_{table}.sql"
        s3.put_object(Bucket=deployment.bucket, Key=key, Body=sql.encode())
        source = f"s3://{deployment.bucket}/releases/each/{number}/"
        targets.append({"source": source, "ledgerSchema": f"ledger_{number}"})
    return targets


@pytest.fixture(autouse=True)
def many_schemas(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment.world.double.settings, "schemas", 2 * TARGETS)


def migrated(deployment: Deployment) -> list[str]:
    return [name for name in user_tables(deployment.world.double) if name.startswith("public.")]


def test_one_event_is_invoked_again_until_its_run_is_done(deployment: Deployment) -> None:
    workflow = Workflow(deployment)
    settings = deployment.world.double.settings
    deployment.upload(2, INDEXED)
    deployment.shorten_time(workflow.outputs["FunctionName"], 4)
    settings.job_hold = "processing"
    try:
        source = f"s3://{deployment.bucket}/releases/2/"
        execution = workflow.start({"command": "apply", "source": source})
        workflow.wait_for(execution, 3)
    finally:
        settings.job_hold = "none"
    done = workflow.finish(execution)
    assert done["status"] == "SUCCEEDED", done
    assert json.loads(done["output"])["status"] == "APPLIED"
    assert workflow.count(execution) >= 4
    assert migrated(deployment) == ["public.tea"]


@pytest.mark.parametrize("many", [False, True])
def test_a_run_that_is_never_done_fails_with_how_far_it_is(deployment: Deployment, many: bool) -> None:
    workflow = Workflow(deployment, WorkflowRounds="2", WorkflowToleratedFailures="100")
    deployment.upload(2, INDEXED)
    deployment.shorten_time(workflow.outputs["FunctionName"], 4)
    event = {"command": "apply", "source": f"s3://{deployment.bucket}/releases/2/"}
    settings = deployment.world.double.settings
    settings.job_hold = "processing"
    try:
        done = workflow.finish(workflow.start({"event": event, "targets": [{}]} if many else event))
    finally:
        settings.job_hold = "none"
    [failure] = json.loads(done["output"])["failures"] if many else [done]
    assert failure["error"] == "StillNotDone", done
    assert failure["cause"].startswith("not done after 2 invocations (WorkflowRounds): ")
    assert "the time budget ended" in failure["cause"]


def test_an_event_that_finds_the_lock_taken_is_tried_again(deployment: Deployment) -> None:
    workflow = Workflow(deployment)
    deployment.upload(1, {"2_index.sql": INDEXED["2_index.sql"].replace("leaf", "name")})
    settings = deployment.world.double.settings
    settings.job_hold = "processing"
    with ThreadPoolExecutor() as pool:
        try:
            other = pool.submit(deployment.invoke, {"command": "apply"})
            building = "SELECT 1 FROM sys.jobs WHERE status = 'processing'"
            while not other.done() and not deployment.world.double.query(building):
                time.sleep(0.1)
            execution = workflow.start({"command": "apply", "lockTimeout": 1})
            workflow.wait_for(execution, 1, "TaskFailed")
        finally:
            settings.job_hold = "none"
        assert other.result().answer["status"] == "APPLIED"
    done = workflow.finish(execution)
    assert done["status"] == "SUCCEEDED", done
    assert json.loads(done["output"])["status"] == "UP_TO_DATE"


def test_a_refused_event_fails_the_execution_at_once(deployment: Deployment) -> None:
    workflow = Workflow(deployment)
    deployment.upload(1, {"2_cups.sql": "CREATE TEMP TABLE cups (a int);"})
    done = workflow.finish(workflow.start({"command": "apply"}))
    assert done["status"] == "FAILED"
    assert done["error"] == "Function.MigrationInvalid"
    assert "2_cups.sql:1" in done["cause"]


def check_report(
    deployment: Deployment, targets: list[dict[str, str]], where: dict[str, Any]
) -> None:
    """Runs the workflow over the targets, of which the last fails."""
    tolerated = {"WorkflowToleratedFailures": "50", "WorkflowConcurrency": "4"}
    workflow = Workflow(deployment, **tolerated)
    done = workflow.finish(workflow.start({"event": {"command": "apply"}} | where))
    assert done["status"] == "SUCCEEDED", done
    report = json.loads(done["output"])
    total = len(targets)
    counts = {"total": total, "succeeded": total - 1, "failed": 1, "aborted": 0}
    assert report["targets"] == counts
    [failure] = report["failures"]
    assert failure["error"] == "Function.MigrationFailed"
    assert failure["item"]["event"] == {"command": "apply"} | targets[-1]
    assert f"1_t{TARGETS - 1}.sql:2" in failure["cause"]
    # One of the failed file's too, which is recorded: the next run goes on behind it.
    assert len(migrated(deployment)) == total


def test_the_one_of_25_targets_that_fails_is_reported_and_the_others_are_migrated(
    deployment: Deployment,
) -> None:
    targets = upload_targets(deployment)
    check_report(deployment, targets, {"targets": targets})


def test_the_targets_may_be_in_a_file_beside_the_migrations(deployment: Deployment) -> None:
    targets = upload_targets(deployment)[-3:]
    deployment.world.cloud.client("s3").put_object(
        Bucket=deployment.bucket, Key="releases/targets.json", Body=json.dumps(targets).encode()
    )
    check_report(deployment, targets, {"targetsFrom": "releases/targets.json"})


def test_more_failures_than_tolerated_fail_the_execution_with_the_report(
    deployment: Deployment,
) -> None:
    workflow = Workflow(deployment)
    targets = upload_targets(deployment)[-2:]
    event = {"event": {"command": "apply"}, "targets": targets}
    done = workflow.finish(workflow.start(event))
    assert done["status"] == "FAILED"
    assert done["error"] == "TooManyTargetsFailed"
    report = json.loads(done["cause"])
    assert report["targets"]["failed"] == 1
    assert f"1_t{TARGETS - 1}.sql:2" in report["failures"][0]["cause"]
