"""The package alone in a root directory: no libc, no shell, no certificate but its own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.support.name_server import ADDRESS
from tests.support.rie import unpack

TOP = Path(__file__).resolve().parents[2]
PACKAGE = TOP / "build" / "dsql-migrate-x86_64.zip"


class BareRoot:
    """`program`, started from outside, becomes its bootstrap, in there."""

    def __init__(self, folder: Path, hosts: str, ca: Path) -> None:
        self.root = folder / "root"
        for name in ("tmp", "etc", "var/task"):
            (self.root / name).mkdir(parents=True)
        unpack(PACKAGE, self.root / "var/task")
        (self.root / "etc/hosts").write_text(hosts)
        (self.root / "etc/resolv.conf").write_text(f"nameserver {ADDRESS}\n")
        shutil.copy(ca, self.root / "double-ca.pem")
        enter = [] if os.geteuid() == 0 else ["unshare", "--map-root-user"]
        enter += ["chroot", str(self.root), "/var/task/bootstrap"]
        self.program = folder / "enter"
        self.program.write_text(f'#!/bin/sh\nexec {" ".join(enter)} "$@"\n')
        self.program.chmod(0o755)
