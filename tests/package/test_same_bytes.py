"""The same sources give the same package, wherever they lie. What ccache has is taken from there, but for
one file."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.package.bare_root import TOP, package_of

OBJECT = "engine/CMakeFiles/engine.dir/retry.cc.o"


def test_another_folder_gives_the_same_package(tmp_path: Path) -> None:
    for name in ("bench", "engine", "handler", "packaging", "runtime"):
        shutil.copytree(TOP / name, tmp_path / name)
    shutil.copy(TOP / "CMakeLists.txt", tmp_path)
    run(["python3", "packaging/build.py", "x86_64"], tmp_path)
    package = package_of("x86_64")
    made = tmp_path / "build" / package.name
    assert made.read_bytes() == package.read_bytes(), f"{package} is not `make package`'s of these sources"

    build = tmp_path / "build/package-x86_64"
    before = (build / OBJECT).read_bytes()
    (build / OBJECT).unlink()
    run(["ninja", "-C", str(build), OBJECT], tmp_path, CCACHE_DISABLE="1")
    assert (build / OBJECT).read_bytes() == before


def run(command: list[str], folder: Path, **environment: str) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
