"""The C sources of the linked libraries, from crates that carry them, pinned in sources/Cargo.lock.

cargo fetches; nothing of Rust is compiled. What it brought is checked against the lock file's
SHA-256 once more, so the files may as well have been laid into cargo's cache by hand.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cache import kept
from toolchain import HERE, BuildError, run

MANIFEST = HERE / "sources" / "Cargo.toml"
ENTRY = re.compile(
    r'\[\[package\]\]\nname = "([^"]+)"\nversion = "([^"]+)"\nsource = .*\nchecksum = "([0-9a-f]{64})"'
)


@dataclass(frozen=True)
class Crate:
    name: str
    version: str
    sha256: str


def locked_crates() -> dict[str, Crate]:
    found = ENTRY.findall((HERE / "sources" / "Cargo.lock").read_text())
    return {name: Crate(name, version, sha256) for name, version, sha256 in found}


def unpacked(crate: Crate) -> Path:
    def unpack(folder: Path) -> None:
        run(["tar", "-xzf", str(find_crate_file(crate)), "-C", str(folder)], HERE)

    folder = kept(f"source-{crate.name}-{crate.sha256[:16]}", unpack)
    return folder / f"{crate.name}-{crate.version}"


def find_crate_file(crate: Crate) -> Path:
    for file in crate_files(crate):
        if hashlib.sha256(file.read_bytes()).hexdigest() == crate.sha256:
            return file
    fetch()
    for file in crate_files(crate):
        if hashlib.sha256(file.read_bytes()).hexdigest() == crate.sha256:
            return file
    raise BuildError(
        f"{crate.name} {crate.version}: no file in {cargo_home()}/registry/cache has the SHA-256 "
        f"{crate.sha256} of packaging/sources/Cargo.lock. Lay it there, or take a newer version: "
        "its number into packaging/sources/Cargo.toml, then `cargo update` in that folder."
    )


def crate_files(crate: Crate) -> list[Path]:
    return sorted(cargo_home().glob(f"registry/cache/*/{crate.name}-{crate.version}.crate"))


def cargo_home() -> Path:
    return Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")


def fetch() -> None:
    if shutil.which("cargo") is None:
        raise BuildError("cargo fetches the libraries' sources: install the package `cargo`")
    print("package: the libraries' sources", flush=True)
    target = ["--target", "x86_64-unknown-linux-gnu"]  # not the crates of other systems
    options = ["--quiet", "--locked", *target, "--manifest-path", str(MANIFEST)]
    try:
        run(["cargo", *sparse_index(), "fetch", *options], HERE, os.environ | {"RUSTC_BOOTSTRAP": "1"})
    except BuildError as error:
        raise BuildError(
            f"{error}\ncargo, with its own settings, fetches what packaging/sources/Cargo.lock names. "
            "Without a network, lay those .crate files into "
            f"{cargo_home()}/registry/cache/ANY-NAME/ yourself."
        ) from None


def sparse_index() -> list[str]:
    """Before 1.68 (Debian 12 has 1.65) cargo clones the whole index unless it is told otherwise."""
    said = subprocess.run(["cargo", "--version"], capture_output=True, text=True, check=True).stdout
    version = tuple(int(number) for number in said.split()[1].split(".")[:2])
    return ["-Z", "sparse-registry"] if version < (1, 68) else []
