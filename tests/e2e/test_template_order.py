"""In what order CloudFormation makes what template.yaml lists, and how long each waits for the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cfnlint.decode import cfn_yaml

from tests.support.deploy import TEMPLATE

# What a migration does without: it looks at runs, or begins them.
AROUND = {
    "FailedRuns",
    "FunctionErrors",
    "MigrationWorkflow",
    "NeverDone",
    "RunsDashboard",
    "WorkflowRole",
    "WorkflowRunsItself",
}


def resources() -> dict[str, Any]:
    found: dict[str, Any] = cfn_yaml.load(str(TEMPLATE))["Resources"]
    return found


def find_references(node: Any) -> Iterator[str]:
    """The names in Ref, GetAtt and Sub; an attribute's goes with its resource's."""
    if isinstance(node, dict):
        for key, inner in node.items():
            if key == "Ref":
                yield str(inner)
            elif key == "Fn::GetAtt":
                yield inner[0] if isinstance(inner, list) else inner.split(".")[0]
            elif key == "Fn::Sub":
                yield from re.findall(r"\$\{(\w+)", inner if isinstance(inner, str) else inner[0])
            yield from find_references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from find_references(inner)


def made_before(name: str) -> set[str]:
    """That resource, and all that CloudFormation makes before it and removes after it."""
    everything = resources()
    reached, left = {name}, [name]
    while left:
        resource = everything[left.pop()]
        # SAM makes resources of their own of a function's events: they wait for it.
        properties = {key: value for key, value in resource["Properties"].items() if key != "Events"}
        depends = resource.get("DependsOn", [])
        needed = {depends} if isinstance(depends, str) else set(depends)
        found = ((needed | set(find_references(properties))) & set(everything)) - reached
        reached |= found
        left += found
    return reached


def test_the_migration_waits_for_all_that_a_run_needs_and_is_deleted_before_it() -> None:
    assert made_before("Migration") == set(resources()) - AROUND


def test_nothing_depends_on_a_resource_that_is_not_always_made() -> None:
    everything = resources()
    for resource in everything.values():
        depends = resource.get("DependsOn", [])
        for needed in [depends] if isinstance(depends, str) else depends:
            assert "Condition" not in everything[needed], needed


def test_three_tries_of_an_event_fit_and_the_last_is_over_when_cloudformation_gives_up() -> None:
    longest = cfn_yaml.load(str(TEMPLATE))["Parameters"]["Timeout"]["MaxValue"]
    asynchronous = resources()["MigratorFunctionEventInvokeConfig"]["Properties"]
    age = asynchronous["MaximumEventAgeInSeconds"]
    assert asynchronous["MaximumRetryAttempts"] == 2
    assert 2 * longest + 60 + 120 <= age  # Lambda's pauses
    assert age + longest <= resources()["Migration"]["Properties"]["ServiceTimeout"]
