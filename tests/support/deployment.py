"""One application's stack in a World, as the end-to-end tests deploy it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import jsonschema

from tests.support.command_line import ANSWER_SCHEMA
from tests.support.deploy import Stack
from tests.support.world import Invocation, World


@dataclass
class Deployment:
    """A bucket of its own with releases/N/, and a stack that is told which N."""

    world: World
    stack: Stack
    bucket: str

    def upload(self, number: int, files: dict[str, str]) -> None:
        s3 = self.world.cloud.client("s3")
        for name, text in files.items():
            key = f"releases/{number}/{name}"
            s3.put_object(Bucket=self.bucket, Key=key, Body=text.encode())

    def release(self, number: int, files: dict[str, str]) -> dict[str, str]:
        """Uploads the files as a release; returns the parameters that deploy it."""
        self.upload(number, files)
        return self.world.parameters(
            self.bucket,
            "releases/",
            ReleaseFolder=f"{number}/",
            RunOnDeploy="true",
            ContentDigest=hashlib.sha256(json.dumps(files).encode()).hexdigest(),
        )

    def invoke(self, event: object) -> Invocation:
        invoked = self.world.invoke(self.stack.outputs()["FunctionName"], event)
        jsonschema.validate(invoked.answer, ANSWER_SCHEMA)
        return invoked

    def shorten_time(self, function: str, seconds: int) -> None:
        """A time-out below what the template takes, so that a test needs less of it."""
        configure = self.world.cloud.client("lambda").update_function_configuration
        configure(FunctionName=function, Timeout=seconds)

    def log(self) -> str:
        return self.world.cloud.log_text(self.stack.outputs()["LogGroupName"])
