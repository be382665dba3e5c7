"""README.md, --help, the schemas and the samples in events/ describe one contract: held equal here."""

from __future__ import annotations

import json
import re
import subprocess

import jsonschema
import pytest

from tests.support.command_line import ANSWER_SCHEMA, BOOTSTRAP, EVENT_SCHEMA, TOP

EVENTS = TOP / "events"
README = (TOP / "README.md").read_text()
DIRECT_SAMPLES = (
    "adopt", "apply", "apply-config", "apply-flyway", "apply-postgres", "baseline", "hash",
    "hash-write", "info", "plan", "repair", "schedule", "status", "status-wait", "undo", "validate",
)  # fmt: skip
STATUSES = set(ANSWER_SCHEMA["properties"]["status"]["enum"])


def help_fields() -> dict[str, tuple[str, str]]:
    """name -> (variable, default as text, "required" or "") from --help."""
    text = subprocess.run([BOOTSTRAP, "--help"], capture_output=True, text=True, check=True).stdout
    fields = {}
    for name, variable, meaning in re.findall(r"^  (\w+)\s+(MIGRATE_\w+)\s+(.+)$", text, re.MULTILINE):
        default = re.search(r" \((?:default (\S+)|(required))\)$", meaning)
        fields[name] = (variable, (default[1] or default[2]) if default else "")
    return fields


def schema_fields() -> dict[str, tuple[str, str]]:
    fields = {}
    for name, schema in EVENT_SCHEMA["properties"].items():
        variable = re.search(r"\((MIGRATE_\w+)\)$", schema["description"])[1]
        default = schema.get("default", "required" if name in ("source", "target") else "")
        fields[name] = (variable, default if isinstance(default, str) else json.dumps(default))
    return fields


def readme_fields() -> dict[str, tuple[str, str]]:
    rows = re.findall(r"^\| `(\w+)` \| `(MIGRATE_\w+)` \| (.*?) \|", README, re.MULTILINE)
    return {name: (variable, default.strip("`")) for name, variable, default in rows}


def readme_answers() -> dict[str, dict]:
    found = re.findall(r"<summary><code>(\w+)</code></summary>\s+```json\n(.*?)\n```", README, re.DOTALL)
    return {status: json.loads(text) for status, text in found}


def test_help_schema_and_readme_name_the_same_fields_variables_and_defaults() -> None:
    assert len(help_fields()) == len(EVENT_SCHEMA["properties"])
    assert schema_fields() == help_fields()
    assert readme_fields() == help_fields()


@pytest.mark.parametrize("name", DIRECT_SAMPLES)
def test_every_direct_sample_is_an_event(name: str) -> None:
    jsonschema.validate(json.loads((EVENTS / f"{name}.json").read_text()), EVENT_SCHEMA)


def test_the_custom_resource_samples_use_the_same_names_with_a_capital_first_letter() -> None:
    for kind in ("create", "update", "delete"):
        event = json.loads((EVENTS / f"cloudformation-{kind}.json").read_text())
        properties = event["ResourceProperties"]
        names = set(properties) - {"ServiceToken", "ServiceTimeout"}
        assert {name[0].lower() + name[1:] for name in names} <= set(EVENT_SCHEMA["properties"])
        assert all(isinstance(properties[name], str) for name in names)


def test_the_workflow_samples_make_events_of_their_targets() -> None:
    listed, read = (
        json.loads((EVENTS / f"workflow-{kind}.json").read_text()) for kind in ("targets", "file")
    )
    assert listed["event"] == read["event"] and read["targetsFrom"].endswith(".json")
    for target in listed["targets"]:
        jsonschema.validate(listed["event"] | target, EVENT_SCHEMA)


def test_every_file_in_events_is_known_here() -> None:
    others = {
        "cloudformation-create", "cloudformation-update", "cloudformation-delete", "schedule-rule",
        "workflow-file", "workflow-targets",
    }  # fmt: skip
    schemas = {"event.schema", "answer.schema"}
    assert {path.stem for path in EVENTS.glob("*.json")} == set(DIRECT_SAMPLES) | others | schemas


def test_the_readme_shows_one_valid_answer_of_each_status() -> None:
    answers = readme_answers()
    assert set(answers) == STATUSES
    for status, answer in answers.items():
        assert answer["status"] == status
        jsonschema.validate(answer, ANSWER_SCHEMA)


def test_the_schemas_are_schemas() -> None:
    for schema in (EVENT_SCHEMA, ANSWER_SCHEMA):
        jsonschema.Draft202012Validator.check_schema(schema)
