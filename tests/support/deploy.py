"""What `aws cloudformation package` and `deploy` do, for one template and one local zip."""

from __future__ import annotations

import hashlib
import platform
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tests.support.rie import ARCHITECTURE

TOP = Path(__file__).resolve().parents[2]
TEMPLATE = TOP / "template.yaml"
PACKAGE = TOP / "build" / "dsql-migrate.zip"
CODE_URI = "CodeUri: packaging"
CODE_ARCH = "Architectures: [x86_64]"
DEPLOY_SECONDS = 300.0


class StackFailed(Exception):
    """The stack ended elsewhere than wanted; `reasons` are its events' words, oldest first."""

    def __init__(self, status: str, reasons: list[str]) -> None:
        super().__init__(f"{status}: " + " | ".join(reasons))
        self.status = status
        self.reasons = reasons


@dataclass(frozen=True)
class Stack:
    """One CloudFormation stack made from the project's template."""

    cloud: Any  # Ministack, or anything with client(service)
    name: str
    template_body: str
    client: Any = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "client", self.cloud.client("cloudformation"))

    def create(self, **parameters: str) -> dict[str, str]:
        self.client.create_stack(**self._request(parameters))
        return self._wait("CREATE_COMPLETE")

    def update(self, **parameters: str) -> dict[str, str]:
        """Raises botocore's ClientError when CloudFormation sees no change."""
        self.client.update_stack(**self._request(parameters))
        return self._wait("UPDATE_COMPLETE")

    def delete(self) -> None:
        stack_id = self.describe()["StackId"]
        self.client.delete_stack(StackName=self.name)
        self._wait("DELETE_COMPLETE", stack_id)

    def describe(self) -> dict[str, Any]:
        return self.client.describe_stacks(StackName=self.name)["Stacks"][0]

    def outputs(self) -> dict[str, str]:
        found = self.describe().get("Outputs", [])
        return {output["OutputKey"]: output["OutputValue"] for output in found}

    def physical_id(self, logical_id: str) -> str:
        answer = self.client.describe_stack_resource(
            StackName=self.name, LogicalResourceId=logical_id
        )
        return answer["StackResourceDetail"]["PhysicalResourceId"]

    def _request(self, parameters: dict[str, str]) -> dict[str, Any]:
        return {
            "StackName": self.name,
            "TemplateBody": self.template_body,
            "Parameters": [
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in parameters.items()
            ],
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        }

    def _wait(self, wanted: str, stack_id: str = "") -> dict[str, str]:
        end = time.monotonic() + DEPLOY_SECONDS
        while time.monotonic() < end:
            status = self._status(stack_id or self.name)
            if status == wanted:
                return {} if wanted == "DELETE_COMPLETE" else self.outputs()
            if not status.endswith("_IN_PROGRESS"):
                raise StackFailed(status, self._reasons(stack_id or self.name))
            time.sleep(0.1)
        raise TimeoutError(f"stack {self.name} is not {wanted} after {DEPLOY_SECONDS:.0f} s")

    def _status(self, stack: str) -> str:
        return self.client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]

    def _reasons(self, stack: str) -> list[str]:
        events = self.client.describe_stack_events(StackName=stack)["StackEvents"]
        return [
            event["ResourceStatusReason"]
            for event in reversed(events)
            if event.get("ResourceStatusReason") and "FAILED" in event["ResourceStatus"]
        ]


def package_template(cloud: Any, bucket: str, zip_path: Path = PACKAGE) -> str:
    """Uploads the zip, built for this machine, under its own hash; returns the template for it."""
    code = zip_path.read_bytes()
    key = f"code/{hashlib.sha256(code).hexdigest()[:32]}.zip"
    cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=code)
    return template_with_code(f"s3://{bucket}/{key}", ARCHITECTURE[platform.machine()])


def template_with_code(uri: str, arch: str) -> str:
    template = TEMPLATE.read_text()
    for old, new in ((CODE_URI, f"CodeUri: {uri}"), (CODE_ARCH, f"Architectures: [{arch}]")):
        if template.count(old) != 1:
            raise ValueError(f"template.yaml must hold {old!r} once")
        template = template.replace(old, new)
    return template


def content_digest(folder: Path) -> str:
    """Changes when a *.sql file of the folder is added, removed, renamed or edited."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.sql")):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_no_update(error: ClientError) -> bool:
    return "No updates are to be performed" in str(error)
