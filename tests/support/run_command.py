"""Runs a command beside something that must outlive it, as the with_* scripts do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys


def run_command(command: list[str], environment: dict[str, str]) -> int:
    """The command's exit code, 128 + N when signal N ended it, 127 when there is none.

    SIGTERM is passed on; SIGINT reaches the command by itself from the terminal.
    """
    stopped: list[int] = []
    children: list[subprocess.Popen[bytes]] = []

    def stop(number: int, _: object) -> None:
        stopped.append(number)
        for child in children:
            child.terminate()

    # Handlers, unlike an ignored signal, are not passed on to the command.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, stop)
    try:
        child = subprocess.Popen(command, env=os.environ | environment)
    except OSError as error:
        print(f"cannot run {command[0]}: {error.strerror}", file=sys.stderr)
        return 127
    children.append(child)
    if stopped:
        child.terminate()
    code = child.wait()
    return code if code >= 0 else 128 - code
