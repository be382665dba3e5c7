"""clang-tidy over runtime/, engine/ and handler/ with the flags of a build folder: `tidy.py BUILD
[CHECKS]`. CHECKS are added to .clang-tidy's: `-clang-analyzer-*` leaves out what takes three quarters of
the time.

A file that was found clean is not looked at again until it, one of the headers its object was built
from, its compile command, .clang-tidy or clang-tidy itself changes. What is known to be clean is kept
below ${XDG_CACHE_HOME:-~/.cache}/dsql-migrate/tidy, by a hash of all those.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
CLANG_TIDY = TOP / "build/venv/bin/clang-tidy"
ROOMS = ("runtime", "engine", "handler")


def cache_folder() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "dsql-migrate" / "tidy"


def dependencies(build: Path) -> dict[str, list[str]]:
    """What each object was built from, by ninja's own record of the compiler's."""
    listed = subprocess.run(
        ["ninja", "-C", str(build), "-t", "deps"], check=True, capture_output=True, text=True
    ).stdout
    found: dict[str, list[str]] = {}
    for line in listed.splitlines():
        if line and not line.startswith(" "):
            files = found.setdefault(line.split(":", 1)[0], [])
        elif line:
            files.append(os.path.normpath(os.path.join(build, line.strip())))
    return found


class Fingerprints:
    """Of files: the project's by their bytes, those of the system by size and time."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, path: str) -> str:
        if path not in self._known:
            name = path.removeprefix(f"{TOP}/")
            stat = os.stat(path)
            content = hash_of(Path(path).read_bytes()) if name != path else stat.st_mtime_ns
            self._known[path] = f"{name} {stat.st_size} {content}"
        return self._known[path]


def hash_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def make_key(entry: dict, needs: list[str], prints: Fingerprints, common: str) -> str:
    command = entry["command"].replace(str(TOP), "")
    return hash_of("\n".join([common, command, *map(prints.of, sorted(needs))]).encode())


def find_faults(build: Path, checks: str, file: str) -> str:
    # GCC's flags that clang does not know are no finding of ours, nor what only clang warns of.
    quiet = ["--quiet", "--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-error"]
    run = subprocess.run(
        [CLANG_TIDY, "-p", build, f"--checks={checks}", *quiet, file],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    return run.stdout if run.returncode != 0 else ""


def main() -> int:
    build = Path(sys.argv[1]).resolve()
    checks = sys.argv[2] if len(sys.argv) > 2 else ""
    entries = [
        entry
        for entry in json.loads((build / "compile_commands.json").read_text())
        if Path(entry["file"]).relative_to(TOP).parts[0] in ROOMS
    ]
    version = subprocess.run([CLANG_TIDY, "--version"], check=True, capture_output=True, text=True)
    common = version.stdout + checks + (TOP / ".clang-tidy").read_text()
    needs, prints, cache = dependencies(build), Fingerprints(), cache_folder()
    cache.mkdir(parents=True, exist_ok=True)

    def check(entry: dict) -> str:
        built_from = needs.get(entry["command"].split(" -o ", 1)[1].split(" ", 1)[0])
        key = make_key(entry, built_from, prints, common) if built_from else None
        if key and (cache / key).exists():
            return ""
        faults = find_faults(build, checks, entry["file"])
        if key and not faults:
            (cache / key).touch()
        elif faults:
            print(faults, flush=True)
        return faults

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        faulty = [faults for faults in pool.map(check, entries) if faults]
    print(f"clang-tidy: {len(entries)} files, {len(faulty)} with findings")
    return 1 if faulty or not entries else 0


if __name__ == "__main__":
    sys.exit(main())
