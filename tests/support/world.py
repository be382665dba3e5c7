"""All the function's surroundings on this machine: PostgreSQL, the DSQL double, ministack.

with World(folder) as world:
    stack = world.new_stack("shop")
    stack.create(**world.parameters(bucket="files", prefix="shop/"))
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from tests.dsql.double import Double
from tests.dsql.settings import Key, Settings
from tests.support.deploy import Stack, package_template
from tests.support.ministack import ACCOUNT, REGION, Ministack, physical_name, role_key
from tests.support.postgres import ThrowawayPostgres

CODE_BUCKET = "deployments"
JOB_SECONDS = 0.1  # how long an index build takes
FUNCTION_NAME_LIMIT = 64
ROLE_NAME_LIMIT = 64


@dataclass(frozen=True)
class Invocation:
    """What `aws lambda invoke` shows."""

    answer: dict[str, Any]
    function_error: str | None


class World:
    double: Double  # once started

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open = ExitStack()
        self.cloud = Ministack(folder)
        self.postgres = ThrowawayPostgres()

    def __enter__(self) -> World:
        try:
            self._open.enter_context(self.postgres)
            self.double = self._open.enter_context(
                Double(self.postgres, Settings(job_delay=JOB_SECONDS))
            )
            self._open.enter_context(self.cloud)
            self.cloud.client("s3").create_bucket(Bucket=CODE_BUCKET)
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    @property
    def endpoint(self) -> str:
        """ClusterEndpoint: the double under the name in its certificate."""
        return f"{self.double.host_name}:{self.double.port}"

    @property
    def target_options(self) -> str:
        return f"hostaddr={self.double.host}&sslrootcert={quote(str(self.double.ca))}"

    def new_stack(self, name: str) -> Stack:
        """A stack of the real template, whose function's IAM tokens the double will take."""
        function = physical_name(name, "MigratorFunction", FUNCTION_NAME_LIMIT)
        role = physical_name(name, "MigratorRole", ROLE_NAME_LIMIT)
        key = role_key(
            f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}",
            f"arn:aws:iam::{ACCOUNT}:role/{role}",
        )
        self.double.settings.keys += (Key(*key),)
        return Stack(self.cloud, name, package_template(self.cloud, CODE_BUCKET))

    def parameters(self, bucket: str, prefix: str, **more: str) -> dict[str, str]:
        return {
            "ClusterEndpoint": self.endpoint,
            "TargetOptions": self.target_options,
            "MigrationsBucket": bucket,
            "MigrationsPrefix": prefix,
        } | more

    def invoke(self, function: str, event: object) -> Invocation:
        result = self.cloud.client("lambda").invoke(
            FunctionName=function, Payload=json.dumps(event).encode()
        )
        return Invocation(json.loads(result["Payload"].read()), result.get("FunctionError"))

    def secrets(self) -> list[str]:
        """What no log line, answer or error may hold."""
        keys = self.double.settings.keys
        return [key.secret for key in keys] + [
            key.session_token for key in keys if key.session_token
        ]
