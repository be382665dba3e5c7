"""A program that ends with everything it started, however this process ends."""

from __future__ import annotations

import subprocess
from pathlib import Path

# The shell leads a process group of its own and reads from a pipe that nobody writes to: the read
# ends when the other end is closed, by end() or by this process dying. Then, or when the program
# ends by itself, the whole group is killed.
SUPERVISOR = """
( "$@"; kill -KILL 0 ) &
read -r _
kill -KILL 0
"""


class ProcessGroup:
    def __init__(
        self, command: list[str], *, folder: Path, log: Path, environment: dict[str, str]
    ) -> None:
        """Starts the command in `folder`; what it prints goes to the file `log`."""
        with log.open("wb") as output:
            self._shell = subprocess.Popen(
                ["/bin/sh", "-c", SUPERVISOR, command[0], *command],
                cwd=folder,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def has_ended(self) -> bool:
        return self._shell.poll() is not None

    def end(self) -> None:
        if self._shell.stdin:
            self._shell.stdin.close()
        self._shell.wait()
