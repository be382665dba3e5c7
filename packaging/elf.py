"""What a program asks of the system it runs on, and how it is hardened, as `readelf` shows it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

MACHINES = {"x86_64": "X86-64", "arm64": "AArch64"}


def readelf(option: str, program: Path) -> str:
    command = ["readelf", "--wide", option, str(program)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def relocated(program: Path) -> tuple[int, int]:
    """The first and the last address of what is filled in at start and not written after, where the
    program begins at 0."""
    segment = re.search(r"GNU_RELRO +0x\w+ 0x(\w+) 0x\w+ 0x\w+ 0x(\w+)", readelf("--segments", program))
    assert segment
    start, size = int(segment[1], 16), int(segment[2], 16)
    return start, start + size - 1


def problems(program: Path, arch: str) -> list[str]:
    """Why it would not start on any Linux of that architecture, or is not hardened; empty when it is."""
    header, segments = readelf("--file-header", program), readelf("--segments", program)
    dynamic, symbols = readelf("--dynamic", program), readelf("--dyn-syms", program)
    found = []
    if not re.search(rf"Machine:.*\b{MACHINES[arch]}\b", header):
        found.append(f"it is not for {arch}")
    if "INTERP" in segments or "(NEEDED)" in dynamic:
        found.append("it needs a loader or shared libraries")
    if re.search(r"@GLIBC|@GLIBCXX", symbols):
        found.append("it needs versions of glibc's or libstdc++'s symbols")
    if not re.search(r"Type:\s+DYN", header):
        found.append("it is not position-independent")
    stack = re.search(r"GNU_STACK.*?\s([RWE ]{3})\s+0x", segments)
    if not stack or "E" in stack[1]:
        found.append("its stack may be executable")
    if "GNU_RELRO" not in segments:
        found.append("its relocations stay writable (no RELRO)")
    if re.search(r"\.(debug_info|symtab)\b", readelf("--sections", program)):
        found.append("it is not stripped")
    return found
