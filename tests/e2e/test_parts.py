"""The parts of template.yaml that a parameter switches, in ministack."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.deployment import Deployment

SECONDS = 60.0
TEA = {"1_tea.sql": "CREATE TABLE tea (name text PRIMARY KEY);"}
PARTS = {
    "Alarms": "true",
    "AlarmTopicArn": "arn:aws:sns:us-east-1:000000000000:on-call",
    "Dashboard": "true",
    "FailedEventsQueue": "true",
    "MoreClusterArns": "arn:aws:dsql:us-east-1:000000000000:cluster/a,"
    "arn:aws:dsql:us-east-1:000000000000:cluster/b",
    "RdsUserArns": "arn:aws:rds-db:us-east-1:000000000000:dbuser:cluster-ABC/migrator",
    "ReservedConcurrency": "1",  # which ministack overlooks
    "ScheduleEnabled": "true",
    "SecretArns": "arn:aws:secretsmanager:us-east-1:000000000000:secret:shop-abc",
    "SecretsManagerEndpoint": "true",
    "StsEndpoint": "true",
    "ClusterEndpointService": "com.amazonaws.us-east-1.dsql-abc123",
    "TargetRoleArns": "arn:aws:iam::111111111111:role/migrator",
    "Tracing": "true",
    "Workflow": "true",
}


def resources(deployment: Deployment) -> dict[str, str]:
    """Logical ids and types."""
    stack = deployment.stack
    listed = stack.client.describe_stack_resources(StackName=stack.name)["StackResources"]
    return {each["LogicalResourceId"]: each["ResourceType"] for each in listed}


def network(deployment: Deployment) -> dict[str, str]:
    """A VPC of its own, as parameters."""
    ec2 = deployment.world.cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="f", Description="f", VpcId=vpc)["GroupId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    return {
        "VpcId": vpc,
        "VpcSubnetIds": subnet,
        "VpcSecurityGroupIds": group,
        "S3EndpointRouteTableIds": table,
    }


def statements(deployment: Deployment) -> dict[str, Any]:
    """Of the function's role, by their Sid: what they are for."""
    policy = deployment.world.cloud.client("iam").get_role_policy(
        RoleName=deployment.stack.physical_id("MigratorRole"), PolicyName="migrations"
    )["PolicyDocument"]
    return {s["Sid"]: s["Resource"] for s in policy["Statement"]}


def test_what_is_not_asked_for_is_not_there(deployment: Deployment) -> None:
    deployment.stack.create(**deployment.release(1, TEA) | {"RunOnDeploy": "false"})
    assert sorted(resources(deployment)) == [
        "MigratorFunction",
        "MigratorFunctionEventInvokeConfig",
        "MigratorFunctionSchedule",
        "MigratorFunctionScheduleRole",
        "MigratorLogGroup",
        "MigratorRole",
    ]


def test_all_parts_together(deployment: Deployment) -> None:
    parameters = deployment.release(1, TEA) | PARTS | network(deployment)
    outputs = deployment.stack.create(**parameters)
    assert outputs["MigrationStatus"] == "APPLIED"
    function = outputs["FunctionName"]
    cloud = deployment.world.cloud
    settings = cloud.client("lambda").get_function_configuration(FunctionName=function)
    assert settings["TracingConfig"]["Mode"] == "Active"
    assert statements(deployment) | {
        "ConnectToMoreClusters": PARTS["MoreClusterArns"].split(","),
        "AssumeTargetRoles": [PARTS["TargetRoleArns"]],
        "ReadSecrets": [PARTS["SecretArns"]],
        "ConnectToRds": [PARTS["RdsUserArns"]],
    } == statements(deployment)
    alarms = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    watched = {
        (a["MetricName"], a["Dimensions"][0]["Value"])
        for a in alarms
        if a["AlarmActions"] == [PARTS["AlarmTopicArn"]]
    }
    assert watched == {(name, function) for name in ("Failed", "Errors", "MigrationsPending")}


def test_the_alarm_and_the_dashboard_read_metrics_that_a_run_writes(
    deployment: Deployment,
) -> None:
    parts = {"Alarms": "true", "Dashboard": "true"}
    outputs = deployment.stack.create(**deployment.release(1, TEA) | parts)
    lines = [json.loads(line) for line in deployment.log().splitlines() if '"_aws"' in line]
    written = {m["Name"] for m in lines[0]["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert lines[0]["service"] == outputs["FunctionName"]
    cloudwatch = deployment.world.cloud.client("cloudwatch")
    body = cloudwatch.get_dashboard(DashboardName=deployment.stack.name)["DashboardBody"]
    read = set()
    for widget in json.loads(body)["widgets"]:
        for metric in widget["properties"].get("metrics", []):
            if metric[0] == "DsqlMigrate":
                assert metric[2:4] == ["service", outputs["FunctionName"]]
                read.add(metric[1])
    assert read == written


def test_an_asynchronous_event_is_tried_three_times_and_then_kept_in_the_queue(
    deployment: Deployment,
) -> None:
    files = {"1_tea.sql": "CREATE TEMP TABLE tea (name text);"}
    parts = {"FailedEventsQueue": "true", "RunOnDeploy": "false"}
    outputs = deployment.stack.create(**deployment.release(1, files) | parts)
    event = {"command": "apply"}
    deployment.world.cloud.client("lambda").invoke(
        FunctionName=outputs["FunctionName"], InvocationType="Event", Payload=json.dumps(event)
    )
    sqs = deployment.world.cloud.client("sqs")
    found: list[dict[str, Any]] = []
    end = time.monotonic() + SECONDS
    while not found and time.monotonic() < end:
        queue = outputs["FailedEventsUrl"]
        found = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", [])
    kept = json.loads(found[0]["Body"])
    assert kept["requestPayload"] == event
    assert kept["responsePayload"]["status"] == "INVALID"
    runs = [json.loads(line) for line in deployment.log().splitlines() if '"_aws"' in line]
    assert [run["status"] for run in runs] == ["INVALID"] * 3


NEEDS_VPC = "SecretsManagerEndpoint need VpcId, VpcSubnetIds and VpcSecurityGroupIds"
INCOMPLETE: list[tuple[dict[str, str], str]] = [
    ({"VpcSubnetIds": "subnet-1"}, "VpcSubnetIds needs VpcSecurityGroupIds"),
    ({"VpcSecurityGroupIds": "sg-1"}, "need VpcSubnetIds"),
    ({"VpcId": "vpc-1"}, "need VpcSubnetIds"),
    ({"S3EndpointRouteTableIds": "rtb-1"}, NEEDS_VPC),
    ({"ClusterEndpointService": "com.amazonaws.us-east-1.dsql-abc123"}, NEEDS_VPC),
    ({"StsEndpoint": "true"}, NEEDS_VPC),
    ({"SecretsManagerEndpoint": "true"}, NEEDS_VPC),
    ({"VpcSubnetIds": "subnet-1", "VpcSecurityGroupIds": "sg-1", "StsEndpoint": "true"}, NEEDS_VPC),
]


def test_a_parameter_that_another_one_is_missing_for_is_refused(deployment: Deployment) -> None:
    release = deployment.release(1, TEA)
    for parameters, reason in INCOMPLETE:
        with pytest.raises(ClientError) as refused:
            deployment.stack.create(**release | parameters)
        assert reason in str(refused.value), parameters
