"""The state machine of template.yaml as it is written; test_workflow.py runs it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cfnlint
import jsonata
import jsonschema
import pytest
from cfnlint.decode import cfn_yaml

from tests.support.deploy import TEMPLATE

CAUSE_LIMIT = 32768  # Step Functions' own


def workflow_definition() -> dict[str, Any]:
    """As CloudFormation hands it to Step Functions, with x for what only it knows."""
    properties = cfn_yaml.load(str(TEMPLATE))["Resources"]["MigrationWorkflow"]["Properties"]
    text, parts = properties["DefinitionString"]["Fn::Sub"]
    parts = {name: part if isinstance(part, str) else part["Fn::Sub"] for name, part in parts.items()}
    text = re.sub(r"\$\{(\w+)\}", lambda found: parts.get(found[1], found[0]), text)
    return json.loads(re.sub(r"\$\{.*?\}", "x", re.sub(r"\$\{Workflow\w+\}", "5", text)))


def find_states(node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Those of nested machines too."""
    if isinstance(node, dict) and "StartAt" in node:
        yield from node["States"].items()
    if isinstance(node, (dict, list)):
        for inner in node.values() if isinstance(node, dict) else node:
            yield from find_states(inner)


def test_the_workflow_is_a_state_machine_in_which_every_state_has_a_name_of_its_own() -> None:
    # cfn-lint itself does not look behind an Fn::Sub.
    folder = Path(cfnlint.__file__).parent / "data" / "schemas" / "other" / "step_functions"
    schema = json.loads((folder / "statemachine.json").read_text())
    definition = workflow_definition()
    jsonschema.Draft7Validator(schema).validate(definition)
    names = [name for name, _ in find_states(definition)]
    assert len(names) > 20 and len(names) == len(set(names))
    goals = re.findall(r'"(?:Next|Default|StartAt)": "(\w+)"', json.dumps(definition))
    assert set(goals) == set(names)


def test_every_task_is_tried_again_whatever_its_error() -> None:
    tasks = {name: s for name, s in find_states(workflow_definition()) if s["Type"] == "Task"}
    assert len(tasks) == 7
    for name, task in tasks.items():
        last = task["Retry"][-1]
        assert last["ErrorEquals"] == ["States.ALL"] and last["MaxAttempts"] >= 5, name


def test_a_map_run_that_is_not_listed_yet_is_looked_for_again() -> None:
    states = workflow_definition()["States"]
    find, ask = states["FindMapRun"], states["IsListed"]
    assert "ResultSelector" not in find  # no retry helps where a path leads nowhere
    [listed] = ask["Choices"]
    assert find["Next"] == "IsListed" and listed["IsPresent"]
    assert (listed["Variable"], listed["Next"]) == ("$.found.MapRuns[0]", "Count")
    assert (ask["Default"], states["Settle"]["Next"]) == ("Settle", "FindMapRun")


def failing_report(failures: list[dict[str, Any]]) -> str:
    """The cause that the execution fails with."""
    [stopped] = [state for name, state in find_states(workflow_definition()) if name == "Stopped"]
    expression = jsonata.Jsonata.jsonata(stopped["Cause"].removeprefix("{%").removesuffix("%}"))
    expression.assign("states", {"input": {"targets": {"failed": len(failures)}, "failures": failures}})
    return str(expression.evaluate(None))


@pytest.mark.parametrize("length", [0, 300, 2000, 40000])
@pytest.mark.parametrize("number", [0, 1, 2, 100])
def test_a_failing_report_has_as_many_failures_as_fit_each_of_them_whole(number: int, length: int) -> None:
    failures = [{"item": {"event": {"command": "apply"}}, "cause": "é" * length}] * number
    text = failing_report(failures)
    report = json.loads(text)
    assert len(text) <= CAUSE_LIMIT
    assert report["targets"] == {"failed": number}
    assert report["failures"] == failures[: len(report["failures"])]
    assert len(report["failures"]) == number or len(text) + len(json.dumps(failures[0])) > 30000
