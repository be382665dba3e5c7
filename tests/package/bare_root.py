"""The package alone in a root directory: no libc, no shell, no certificate but its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.support.name_server import ADDRESS
from tests.support.rie import unpack

TOP = Path(__file__).resolve().parents[2]
ARCHITECTURES = ["x86_64", "arm64"]
QEMU = {"arm64": "qemu-aarch64-static"}  # packages are built on x86_64, and tested there


def package_of(arch: str) -> Path:
    return TOP / "build" / f"dsql-migrate-{arch}.zip"


class BareRoot:
    """`program`, started from outside, becomes its bootstrap, in there; the one for arm64
    inside qemu, which is one static program too. `base`: a distribution that is there as well."""

    def __init__(
        self, folder: Path, arch: str, hosts: str, ca: Path, base: Path | None = None
    ) -> None:
        self.root = folder / "root"
        if base:
            subprocess.run(["cp", "-a", base, self.root], check=True)
        for name in ("tmp", "etc", "var/task"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        unpack(package_of(arch), self.root / "var/task")
        (self.root / "etc/hosts").write_text(hosts)
        (self.root / "etc/resolv.conf").write_text(f"nameserver {ADDRESS}\n")
        shutil.copy(ca, self.root / "double-ca.pem")
        enter = [] if os.geteuid() == 0 else ["unshare", "--map-root-user"]
        enter += ["chroot", str(self.root)]
        if arch in QEMU:
            shutil.copy(find_program(QEMU[arch]), self.root / "qemu")
            enter.append("/qemu")
        enter.append("/var/task/bootstrap")
        self.program = folder / "enter"
        self.program.write_text(f'#!/bin/sh\nexec {" ".join(enter)} "$@"\n')
        self.program.chmod(0o755)


def find_program(name: str) -> str:
    found = shutil.which(name)
    if not found:
        raise FileNotFoundError(f"{name} is not here; run `make setup`")
    return found
