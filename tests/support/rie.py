"""The official Runtime Interface Emulator, as the aws-sam-cli package carries it.

with Rie(zip_path, folder, environment) as rie:
    rie.invoke({"command": "status"})
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import socket
import time
import urllib.request
import zipfile
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.ministack import free_port
from tests.support.process_group import ProcessGroup

TOP = Path(__file__).resolve().parents[2]
INVOKE_PATH = "/2015-03-31/functions/function/invocations"
START_SECONDS = 10.0
INVOKE_SECONDS = 120.0
ARCHITECTURE = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


def find_emulator() -> Path:
    name = f"aws-lambda-rie-{ARCHITECTURE[platform.machine()]}"
    found = sorted((TOP / "build/sam-venv").glob(f"lib/python*/site-packages/samcli/**/{name}"))
    if not found:
        raise FileNotFoundError(f"{name} is not in build/sam-venv; run `make setup`")
    return found[0]


def unpack(package: Path, folder: Path) -> None:
    """As Lambda does: with the modes that the zip records."""
    with zipfile.ZipFile(package) as archive:
        for entry in archive.infolist():
            mode = entry.external_attr >> 16
            Path(archive.extract(entry, folder)).chmod(mode & 0o777)


class Rie:
    """The zip unpacked as a task folder, with the emulator in front; ends with the `with` block."""

    def __init__(
        self,
        package: Path,
        folder: Path,
        environment: dict[str, str],
        program: Path | None = None,
    ) -> None:
        """`program` is started in place of the package's bootstrap."""
        self.log_path = folder / "rie.log"
        self._task = folder / "task"
        self._package = package
        self._program = program or self._task / "bootstrap"
        self._environment = environment
        self._port = free_port()
        self._group: ProcessGroup | None = None

    def __enter__(self) -> Rie:
        unpack(self._package, self._task)
        emulator = shutil.copy(find_emulator(), self._task.parent)
        Path(emulator).chmod(0o755)
        self._group = ProcessGroup(
            [
                emulator,
                "--runtime-interface-emulator-address",
                f"127.0.0.1:{self._port}",
                "--runtime-api-address",
                f"127.0.0.1:{free_port()}",
                str(self._program),
            ],
            folder=self._task,
            log=self.log_path,
            environment={
                "PATH": os.environ["PATH"],
                "LAMBDA_TASK_ROOT": str(self._task),
                "AWS_LAMBDA_FUNCTION_NAME": "migrator",
                "AWS_LAMBDA_FUNCTION_TIMEOUT": "60",
            }
            | self._environment,
        )
        try:
            self._wait_until_listening()
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

    def invoke(self, event: object) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}{INVOKE_PATH}", data=json.dumps(event).encode()
        )
        with urllib.request.urlopen(request, timeout=INVOKE_SECONDS) as answer:
            return json.loads(answer.read())

    def log_text(self) -> str:
        return self.log_path.read_text(errors="replace")

    def _wait_until_listening(self) -> None:
        assert self._group is not None
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and not self._group.has_ended():
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"the emulator did not start:\n{self.log_text()[-2000:]}")

    def _end(self) -> None:
        if self._group is not None:
            self._group.end()
