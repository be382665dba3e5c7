"""template.yaml as the linters see it, and beside the sources."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml

from tests.support.deploy import TEMPLATE, TOP, template_with_code

# What each request that the function signs needs. A bucket's region is in any answer to HEAD.
ACTIONS_OF_REQUESTS = {
    "make_list_request": "s3:ListBucket",
    "make_head_bucket_request": "s3:ListBucket",
    "make_get_request": "s3:GetObject",
    "make_put_request": "s3:PutObject",
    "make_assume_role_request": "sts:AssumeRole",
    "make_get_secret_value_request": "secretsmanager:GetSecretValue",
}
UNSIGNED = {"runtime_requests.cc", "credentials.cc"}  # to Lambda and to the container's endpoint
LAMBDAS_OWN = {"WriteLog", "KeepFailedEvents", "WriteTraces", "ManageNetworkInterfaces"}


def run(command: list[str]) -> str:
    # sam looks for a region and credentials, though it sends nothing.
    environment = os.environ | {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_CHECK_FOR_UPDATE": "0",
    }
    done = subprocess.run(
        command,
        env=environment,
        cwd=TOP,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_cfn_lint_finds_nothing_not_even_an_advice() -> None:
    cfn_lint = TOP / "build/venv/bin/cfn-lint"
    assert run([str(cfn_lint), "--include-checks", "I", "--", str(TEMPLATE)]) == ""


def test_sam_validate_lint_finds_it_valid() -> None:
    sam = TOP / "build/sam-venv/bin/sam"
    assert "is a valid SAM Template" in run([str(sam), "validate", "--lint", "-t", str(TEMPLATE)])


@pytest.mark.parametrize("parameter", ["MigrationsPrefix", "ReleaseFolder"])
def test_a_folder_that_a_url_or_a_policy_reads_otherwise_is_refused(parameter: str) -> None:
    pattern = re.compile(cfn_yaml.load(str(TEMPLATE))["Parameters"][parameter]["AllowedPattern"])
    refused = ["a b/", "a#/", "%61/", "a?b/", "*/", "a*b/", "${aws:username}/", "/a/", "a", "a/\n"]
    assert [name for name in refused if pattern.fullmatch(name)] == []
    taken = ["", "a/", "app/2026-11-27/", "größe/", "a+b=c,d@e:f&g/", "a'(b)!/", "~v1.0_x/"]
    assert [name for name in taken if not pattern.fullmatch(name)] == []


@pytest.mark.parametrize("arch", ["x86_64", "arm64"])
def test_make_package_leaves_a_template_with_the_zip_as_its_code(arch: str) -> None:
    made = (TOP / "build" / f"template-{arch}.yaml").read_text()
    assert made == template_with_code(f"dsql-migrate-{arch}.zip", arch)


def find_statements(node: Any) -> Iterator[dict[str, Any]]:
    """Every policy statement below the node, those behind an Fn::If too."""
    if isinstance(node, dict) and "Sid" in node:
        yield node
    elif isinstance(node, (dict, list)):
        for inner in node.values() if isinstance(node, dict) else node:
            yield from find_statements(inner)


def test_the_s3_endpoint_lets_replies_to_cloudformation_through() -> None:
    endpoint = cfn_yaml.load(str(TEMPLATE))["Resources"]["S3Endpoint"]["Properties"]
    allowed = {s["Sid"]: s for s in find_statements(endpoint["PolicyDocument"])}
    reply = allowed["CloudFormationReplies"]
    assert reply["Action"] == "s3:PutObject"
    name, parts = reply["Resource"]["Fn::Sub"]
    assert name.endswith(":s3:::cloudformation-custom-resource-response-${Region}/*")
    assert parts == {"Region": {"Fn::Join": ["", {"Fn::Split": ["-", {"Ref": "AWS::Region"}]}]}}


def find_actions(node: Any) -> set[str]:
    """The texts with a colon, in whatever they are wrapped."""
    if isinstance(node, str):
        return {node} if ":" in node and not node.startswith("Fn::") else set()
    inner = node.values() if isinstance(node, dict) else node
    return set().union(*map(find_actions, inner))


def actions_granted() -> set[str]:
    role = cfn_yaml.load(str(TEMPLATE))["Resources"]["MigratorRole"]["Properties"]["Policies"]
    statements = [s for s in find_statements(role) if s["Sid"] not in LAMBDAS_OWN]
    return set().union(*(find_actions(statement["Action"]) for statement in statements))


def actions_called() -> set[str]:
    actions = set()
    for path in sorted((TOP / "runtime").glob("*.cc")):
        text = path.read_text()
        assert "versionId=" not in text, f"{path.name}: that needs s3:GetObjectVersion"
        if path.name in UNSIGNED:
            continue
        for name in re.findall(r"^HttpRequest (make_\w+_request)\(", text, re.MULTILINE):
            assert name in ACTIONS_OF_REQUESTS, f"{path.name}: which action does {name} need?"
            actions.add(ACTIONS_OF_REQUESTS[name])
    tokens = (TOP / "runtime" / "connect_token.cc").read_text()
    actions |= {f"dsql:{name}" for name in re.findall(r'"(DbConnect\w*)"', tokens)}
    return actions | {f"rds-db:{name}" for name in re.findall(r"Action=(\w+)&DBUser", tokens)}


def test_the_role_may_do_what_the_function_calls_and_no_more() -> None:
    assert actions_called() == actions_granted()
