"""template.yaml deployed by CloudFormation into ministack, policies and signatures checked."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.command_line import user_tables
from tests.support.deploy import TOP, StackFailed, is_no_update
from tests.support.deployment import Deployment

DEMO = Path(__file__).resolve().parents[1] / "data" / "demo"
TEA = {"1_tea.sql": "CREATE TABLE tea (name text PRIMARY KEY);"}
CUPS = TEA | {"2_cups.sql": "CREATE TABLE cups (name text PRIMARY KEY);"}
REFUSED = TEA | {
    "2_cups.sql": "CREATE TABLE cups (name text PRIMARY KEY);\nCREATE TEMP TABLE x (a int);"
}
HALF_WAY = TEA | {
    "2_cups.sql": "CREATE TABLE cups (name text PRIMARY KEY);\nINSERT INTO nowhere VALUES (1);"
}
INDEXED = TEA | {"2_index.sql": "CREATE INDEX ASYNC tea_name ON tea (name);"}
FIXED = TEA | {
    "2_cups.sql": "CREATE TABLE cups (name text PRIMARY KEY);\nINSERT INTO cups VALUES ('mug');"
}
EVENT_SECONDS = 30.0


def read_folder(name: str) -> dict[str, str]:
    return {path.name: path.read_text() for path in (DEMO / name).glob("*.sql")}


def test_create_migrates_and_the_outputs_say_to_which_version(deployment: Deployment) -> None:
    outputs = deployment.stack.create(**deployment.release(1, read_folder("1-shop")))
    assert outputs["MigrationStatus"] == "APPLIED"
    assert outputs["MigrationVersion"] == "20260105093000"
    assert outputs["MigrationsApplied"] == "4"
    tables = ["shop.customers", "shop.order_lines", "shop.orders", "shop.products"]
    assert user_tables(deployment.world.double) == tables
    assert deployment.invoke({"command": "status"}).answer["status"] == "UP_TO_DATE"


def test_an_update_without_a_change_is_none(deployment: Deployment) -> None:
    parameters = deployment.release(1, TEA)
    deployment.stack.create(**parameters)
    with pytest.raises(ClientError) as refused:
        deployment.stack.update(**parameters)
    assert is_no_update(refused.value)


def test_an_update_with_another_digest_and_the_same_files_applies_nothing(
    deployment: Deployment,
) -> None:
    parameters = deployment.release(1, TEA)
    deployment.stack.create(**parameters)
    outputs = deployment.stack.update(**parameters | {"ContentDigest": "other"})
    assert outputs["MigrationStatus"] == "UP_TO_DATE"
    assert outputs["MigrationsApplied"] == "0"


def test_an_update_with_more_files_applies_them_in_place(deployment: Deployment) -> None:
    deployment.stack.create(**deployment.release(1, TEA))
    physical_id = deployment.stack.physical_id("Migration")
    outputs = deployment.stack.update(**deployment.release(2, CUPS))
    assert outputs["MigrationStatus"] == "APPLIED"
    assert outputs["MigrationsApplied"] == "1"
    assert user_tables(deployment.world.double) == ["public.cups", "public.tea"]
    assert deployment.stack.physical_id("Migration") == physical_id


def test_a_refused_release_rolls_the_stack_back_with_the_reason(deployment: Deployment) -> None:
    deployment.stack.create(**deployment.release(1, TEA))
    with pytest.raises(StackFailed) as failed:
        deployment.stack.update(**deployment.release(2, REFUSED))
    assert failed.value.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "2_cups.sql:2" in str(failed.value)
    assert user_tables(deployment.world.double) == ["public.tea"]
    assert deployment.invoke({"command": "status"}).answer["status"] == "UP_TO_DATE"


def test_a_release_that_fails_half_way_rolls_back_and_the_next_one_resumes(
    deployment: Deployment,
) -> None:
    deployment.stack.create(**deployment.release(1, TEA))
    with pytest.raises(StackFailed) as failed:
        deployment.stack.update(**deployment.release(2, HALF_WAY))
    assert failed.value.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "2_cups.sql:2" in str(failed.value)
    assert user_tables(deployment.world.double) == ["public.cups", "public.tea"]
    outputs = deployment.stack.update(**deployment.release(3, FIXED))
    assert outputs["MigrationStatus"] == "APPLIED"
    assert deployment.world.double.query("SELECT name FROM cups") == [("mug",)]


def deliver(deployment: Deployment, number: int) -> dict[str, Any]:
    """CloudFormation's event, by hand; returns the reply to it."""
    s3 = deployment.world.cloud.client("s3")
    where = {"Bucket": deployment.bucket, "Key": f"replies/{number}"}
    event = json.loads((TOP / "events" / "cloudformation-create.json").read_text()) | {
        "ResponseURL": s3.generate_presigned_url("put_object", Params=where),
        "ResourceProperties": {"ServiceToken": "arn:aws:lambda:us-east-1:000000000000:function:f"},
    }
    assert deployment.invoke(event).function_error is None
    return json.loads(s3.get_object(**where)["Body"].read())


def test_a_delivery_whose_budget_ends_fails_and_the_next_one_resumes(
    deployment: Deployment,
) -> None:
    parameters = deployment.release(1, INDEXED) | {"RunOnDeploy": "false"}
    outputs = deployment.stack.create(**parameters)
    deployment.shorten_time(outputs["FunctionName"], 5)
    settings = deployment.world.double.settings
    settings.job_hold = "processing"
    try:
        reply = deliver(deployment, 1)
    finally:
        settings.job_hold = "none"
    assert reply["Status"] == "FAILED"
    assert "the time budget ended" in reply["Reason"]
    reply = deliver(deployment, 2)
    assert (reply["Status"], reply["Data"]["Status"]) == ("SUCCESS", "APPLIED")
    names = deployment.world.double.query("SELECT indexname FROM pg_indexes WHERE tablename='tea'")
    assert sorted(names) == [("tea_name",), ("tea_pkey",)]


def test_an_event_that_is_delivered_twice_is_answered_twice_and_applied_once(
    deployment: Deployment,
) -> None:
    files = TEA | {"2_rows.sql": "INSERT INTO tea VALUES ('oolong');"}
    deployment.stack.create(**deployment.release(1, files) | {"RunOnDeploy": "false"})
    with ThreadPoolExecutor() as pool:
        replies = list(pool.map(lambda number: deliver(deployment, number), range(2)))
    assert [reply["Status"] for reply in replies] == ["SUCCESS", "SUCCESS"]
    assert replies[0]["PhysicalResourceId"] == replies[1]["PhysicalResourceId"]
    ends = sorted(reply["Data"]["Status"] for reply in replies)
    assert ends == ["APPLIED", "UP_TO_DATE"]
    assert deployment.world.double.query("SELECT name FROM tea") == [("oolong",)]


def test_a_refused_first_release_leaves_nothing_behind(deployment: Deployment) -> None:
    with pytest.raises(StackFailed) as failed:
        deployment.stack.create(**deployment.release(1, REFUSED))
    assert failed.value.status in ("ROLLBACK_COMPLETE", "CREATE_FAILED")
    assert "2_cups.sql:2" in str(failed.value)
    assert user_tables(deployment.world.double) == []


def test_a_prefix_without_files_fails_the_deployment(deployment: Deployment) -> None:
    with pytest.raises(StackFailed) as failed:
        deployment.stack.create(**deployment.release(1, {}))
    assert "releases/1/" in str(failed.value)


def test_delete_leaves_the_database_as_it_is(deployment: Deployment) -> None:
    deployment.stack.create(**deployment.release(1, TEA))
    deployment.stack.delete()
    assert user_tables(deployment.world.double) == ["public.tea"]
    functions = deployment.world.cloud.client("lambda").list_functions()["Functions"]
    assert [f for f in functions if f["FunctionName"].startswith(deployment.stack.name)] == []


def test_a_failed_migration_is_a_function_error(deployment: Deployment) -> None:
    deployment.stack.create(**deployment.release(1, TEA))
    deployment.upload(1, {"9_late.sql": "INSERT INTO nowhere VALUES (1);"})
    failed = deployment.invoke({"command": "apply"})
    assert failed.function_error == "Unhandled"
    assert failed.answer["status"] == "FAILED"
    assert failed.answer["failure"]["sqlstate"] == "42P01"


def test_the_role_may_read_its_own_prefix_and_no_other(deployment: Deployment) -> None:
    deployment.stack.create(**deployment.release(1, TEA))
    s3 = deployment.world.cloud.client("s3")
    s3.put_object(Bucket=deployment.bucket, Key="elsewhere/1_a.sql", Body=b"SELECT 1;")
    refused = deployment.invoke(
        {"command": "plan", "source": f"s3://{deployment.bucket}/elsewhere/"}
    )
    assert refused.function_error == "Unhandled"
    assert refused.answer["status"] == "FAILED"
    assert "elsewhere" in refused.answer["errorMessage"]


def test_the_role_may_connect_to_that_cluster_and_do_little_else(deployment: Deployment) -> None:
    outputs = deployment.stack.create(**deployment.release(1, TEA))
    assert outputs["FunctionArn"].endswith(outputs["FunctionName"])
    role = deployment.stack.physical_id("MigratorRole")
    policy = deployment.world.cloud.client("iam").get_role_policy(
        RoleName=role, PolicyName="migrations"
    )["PolicyDocument"]
    cluster = deployment.world.double.host_name.split(".")[0]
    granted = {(s["Sid"], json.dumps(s["Action"]), s["Resource"]) for s in policy["Statement"]}
    bucket = f"arn:aws:s3:::{deployment.bucket}"
    log_group = (
        f"arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/{deployment.stack.name}:*"
    )
    assert granted == {
        ("ListMigrations", '"s3:ListBucket"', bucket),
        ("ReadMigrations", '"s3:GetObject"', f"{bucket}/releases/*"),
        (
            "ConnectToCluster",
            '"dsql:DbConnectAdmin"',
            f"arn:aws:dsql:us-east-1:000000000000:cluster/{cluster}",
        ),
        ("WriteLog", '["logs:CreateLogStream", "logs:PutLogEvents"]', log_group),
    }


def schedule_of(deployment: Deployment) -> dict[str, Any]:
    name = deployment.stack.physical_id("MigratorFunctionSchedule").rsplit("/", 1)[-1]
    return deployment.world.cloud.client("scheduler").get_schedule(Name=name)


def test_the_schedule_is_off_until_it_is_asked_for(deployment: Deployment) -> None:
    parameters = deployment.release(1, TEA) | {"RunOnDeploy": "false"}
    deployment.stack.create(**parameters)
    assert schedule_of(deployment)["State"] == "DISABLED"
    deployment.stack.update(**parameters | {"ScheduleEnabled": "true"})
    assert schedule_of(deployment)["State"] == "ENABLED"


def test_what_the_schedule_sends_applies(deployment: Deployment) -> None:
    deployment.stack.create(**deployment.release(1, TEA) | {"RunOnDeploy": "false"})
    event = json.loads(schedule_of(deployment)["Target"]["Input"])
    assert deployment.invoke(event).answer["status"] == "APPLIED"
    assert user_tables(deployment.world.double) == ["public.tea"]


def test_an_eventbridge_rule_applies_what_the_environment_says(deployment: Deployment) -> None:
    outputs = deployment.stack.create(**deployment.release(1, TEA) | {"RunOnDeploy": "false"})
    events = deployment.world.cloud.client("events")
    name = deployment.stack.name
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [f"pipeline.{name}"]}))
    events.put_targets(Rule=name, Targets=[{"Id": "migrator", "Arn": outputs["FunctionArn"]}])
    permission = {"Principal": "events.amazonaws.com", "Action": "lambda:InvokeFunction"}
    deployment.world.cloud.client("lambda").add_permission(
        FunctionName=outputs["FunctionName"], StatementId="rule", **permission
    )
    entry = {"Source": f"pipeline.{name}", "DetailType": "Files uploaded", "Detail": "{}"}
    events.put_events(Entries=[entry])
    end = time.monotonic() + EVENT_SECONDS
    while time.monotonic() < end and user_tables(deployment.world.double) != ["public.tea"]:
        time.sleep(0.1)
    assert user_tables(deployment.world.double) == ["public.tea"], deployment.log()


def test_log_lines_are_json_and_hold_neither_secret_nor_response_url(
    deployment: Deployment,
) -> None:
    deployment.stack.create(**deployment.release(1, TEA))
    with pytest.raises(StackFailed):
        deployment.stack.update(**deployment.release(2, REFUSED))
    deployment.invoke({"command": "status"})
    log = deployment.log()
    platform = ("START ", "END ", "REPORT ")
    lines = [line for line in log.splitlines() if line and not line.startswith(platform)]
    levels = {json.loads(line).get("level") for line in lines if "_aws" not in json.loads(line)}
    assert levels <= {"INFO", "WARN", "ERROR"} and "INFO" in levels
    assert any("CloudWatchMetrics" in line for line in lines)
    hidden = [*deployment.world.secrets(), "X-Amz-Signature", "cfn-response"]
    assert [text for text in hidden if text in log] == []
