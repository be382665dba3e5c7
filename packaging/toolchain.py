"""The compiler: zig's clang with musl and libc++, one for both architectures, as PyPI carries it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from cache import cache_folder, digest, kept

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements.txt"
TARGETS = {"x86_64": "x86_64-linux-musl", "arm64": "aarch64-linux-musl"}
# For C and C++ alike. Sections let the linker drop what nothing calls. There is no fortify: it is
# a part of the C library, and musl has none.
HARDENING = ("-O2", "-fPIE", "-fstack-protector-strong", "-ffunction-sections", "-fdata-sections")


class BuildError(Exception):
    """What went wrong, and what to do about it."""


def run(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> None:
    """Quiet while it works; its last lines when it fails."""
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode != 0:
        log = done.stdout.decode(errors="replace")
        raise BuildError(f"{log[-4000:]}\n`{' '.join(command)}` failed in {folder}")


@dataclass(frozen=True)
class Toolchain:
    arch: str
    tools: Path  # cc, c++, ar and ranlib for `arch`
    headers: tuple[Path, ...]  # of nlohmann-json and spdlog
    key: str

    def environment(self) -> dict[str, str]:
        zig_cache = str(cache_folder() / "zig")
        return os.environ | {
            "PATH": f"{self.tools}:{os.environ['PATH']}",
            "ZIG_GLOBAL_CACHE_DIR": zig_cache,
            "ZIG_LOCAL_CACHE_DIR": zig_cache,
            "SOURCE_DATE_EPOCH": "315532800",
            "LC_ALL": "C",
        }


def find_packages() -> Path:
    """The folder that REQUIREMENTS were installed into."""
    return kept(f"toolchain-{digest(REQUIREMENTS.read_text())}", install)


def find_toolchain(arch: str) -> Toolchain:
    packages = find_packages()
    headers = tuple(packages / name / "include" for name in ("nlohmann_json", "tokenspeed_spdlog"))
    key = digest(packages.name, TARGETS[arch])
    wrappers = make_wrappers(arch, packages / "ziglang" / "zig")
    tools = kept(f"tools-{arch}-{digest(*wrappers.values())}", lambda folder: write_wrappers(folder, wrappers))
    return Toolchain(arch, tools, headers, key)


def install(folder: Path) -> None:
    print("package: the compiler (about 100 MB, once)", flush=True)
    venv = folder / "venv"  # the distribution's own Python comes without pip
    run([sys.executable, "-m", "venv", str(venv)], HERE)
    command = [str(venv / "bin/python"), "-m", "pip", "install", "--quiet"]
    options = ["--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--require-hashes"]
    try:
        run([*command, *options, "--target", str(folder), "--requirement", str(REQUIREMENTS)], HERE)
    except BuildError as error:
        raise BuildError(
            f"{error}\nThe packages of packaging/requirements.txt come from PyPI, through pip's own "
            "settings. Where one is no longer there, or has another digest, put a newer version and "
            "its digest into that file."
        ) from None
    shutil.rmtree(venv)


def make_wrappers(arch: str, zig: Path) -> dict[str, str]:
    """By name, since build systems want one word for a compiler, and so that no path of this machine
    gets into a file: neither by __FILE__ nor by the record of its flags that OpenSSL keeps."""
    hide = f"-g0 -ffile-prefix-map={cache_folder()}=/cache"
    compilers = {
        f"zig-{name}": f'exec "{zig}" {name} -target {TARGETS[arch]} {hide} "$@"'
        for name in ("cc", "c++")
    }
    return compilers | {f"zig-{name}": f'exec "{zig}" {name} "$@"' for name in ("ar", "ranlib")}


def write_wrappers(folder: Path, wrappers: dict[str, str]) -> None:
    for name, command in wrappers.items():
        file = folder / name
        file.write_text(f"#!/bin/sh\n{command}\n")
        file.chmod(0o755)
