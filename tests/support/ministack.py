"""A ministack of one's own: S3, CloudFormation with the SAM transform, Lambda, EventBridge.

    with Ministack(folder) as cloud:
        cloud.client("s3").create_bucket(Bucket="files")

What ministack 1.5 does otherwise than AWS, and what is done about it here:

* Signatures and policies are checked only with AUTH=true, which is set here. A function then has
  keys made by hashing its ARN and its role's, and a session token; role_key() gives them, so that a
  DSQL double can be told what its tokens will be signed with.
* A function gets AWS_ENDPOINT_URL only when ministack itself has it. It is set here.
* The ResponseURL of a custom resource is plain http on ministack's own port. The function takes
  that only because AWS_ENDPOINT_URL is set.
* AWS_LAMBDA_LOG_FORMAT and AWS_LAMBDA_LOG_LEVEL are not set, whatever LoggingConfig says.
* The process of a function outlives the stack until an idle reaper comes: the whole process group
  is killed at the end.
* A custom resource is invoked synchronously, within CreateStack's own thread, and never again.
* A log group goes with its stack: read the log before deleting the stack.
* It makes no AWS::DSQL::Cluster, overlooks a function's ReservedConcurrentExecutions, and takes a
  condition that compares Fn::Join for true.
* A distributed map's child that failed is null in the map's result; AWS has its error there.
"""

from __future__ import annotations

import hashlib
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3
from botocore.config import Config

from tests.support.process_group import ProcessGroup

REGION = "us-east-1"
ACCOUNT = "000000000000"
ACCESS_KEY = ACCOUNT  # ministack takes twelve digits as the root user of that account
SECRET_KEY = "test"  # not looked at for the root user
START_SECONDS = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def role_key(function_arn: str, role_arn: str) -> tuple[str, str, str]:
    """Access key, secret and session token of a function running as that role."""
    digest = hashlib.sha256(f"{function_arn}:{role_arn}".encode()).hexdigest()
    secret = hashlib.sha256(f"secret:{digest}".encode()).hexdigest()
    token = hashlib.sha256(f"token:{digest}".encode()).hexdigest()
    return f"ASIA{digest[:16].upper()}", secret, token


def physical_name(stack: str, logical_id: str, limit: int) -> str:
    """What CloudFormation will call a resource that its template gives no name."""
    suffix = hashlib.sha256(f"{stack}:{logical_id}".encode()).hexdigest()[:13].upper()
    return f"{stack}-{logical_id}-"[: limit - len(suffix)] + suffix


class Ministack:
    """Ends with everything it started. `folder` gets the log and the data."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.log_path = folder / "ministack.log"
        self._folder = folder
        self._group: ProcessGroup | None = None

    def __enter__(self) -> Ministack:
        self._folder.mkdir(parents=True, exist_ok=True)
        scratch = self._folder / "tmp"
        scratch.mkdir(exist_ok=True)
        self._group = ProcessGroup(
            [sys.executable, "-m", "ministack"],
            folder=scratch,
            log=self.log_path,
            environment=self._environment(scratch),
        )
        try:
            self._wait_until_ready()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def client(self, service: str, **overrides: Any) -> Any:
        settings: dict[str, Any] = {
            "endpoint_url": self.endpoint,
            "region_name": REGION,
            "aws_access_key_id": ACCESS_KEY,
            "aws_secret_access_key": SECRET_KEY,
            "config": Config(
                s3={"addressing_style": "path"}, retries={"max_attempts": 1}, read_timeout=120
            ),
        }
        return boto3.session.Session().client(service, **(settings | overrides))

    def log_text(self, log_group: str) -> str:
        """Every line the log group holds."""
        logs = self.client("logs")
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=log_group)
        return "\n".join(event["message"] for page in pages for event in page["events"])

    def _environment(self, scratch: Path) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.upper().startswith(("AWS_", "MIGRATE_", "PG"))
            and "PROXY" not in name.upper()
        }
        return kept | {
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AUTH": "true",
            "SFN_WAIT_SCALE": "0.01",  # of the seconds that a state machine waits
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.1",  # where Lambda waits a minute
            "TMPDIR": str(scratch),
            "STATE_DIR": str(scratch / "state"),
            "S3_DATA_DIR": str(scratch / "s3"),
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "LOG_LEVEL": "INFO",
        }

    def _wait_until_ready(self) -> None:
        assert self._group is not None
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and not self._group.has_ended():
            try:
                with urllib.request.urlopen(
                    f"{self.endpoint}/_ministack/ready", timeout=2
                ) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        tail = self.log_path.read_text(errors="replace")[-2000:]
        raise RuntimeError(f"ministack did not start; the end of {self.log_path}:\n{tail}")

    def _end(self) -> None:
        if self._group is not None:
            self._group.end()
