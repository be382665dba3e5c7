"""build.py ARCH...: build/dsql-migrate-ARCH.zip, each built on x86_64.

What it needs besides the distribution's cmake, ninja, make and perl comes through pip and cargo, is
pinned by digest, and is kept (cache.py): a second build is offline.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import amazon_roots
from bootstrap import TOP, build_bootstrap
from elf import problems
from libraries import build_libraries
from make_zip import make_zip
from sbom import make_sbom, sha256_of
from toolchain import TARGETS, BuildError, find_toolchain


def build_package(arch: str) -> Path:
    toolchain = find_toolchain(arch)
    libraries = build_libraries(toolchain)
    program = build_bootstrap(toolchain, libraries)
    package = TOP / "build" / f"dsql-migrate-{arch}.zip"
    found = problems(program, arch)
    if found:
        raise BuildError(f"{program}: {'; '.join(found)}")
    roots = amazon_roots.read_amazon_roots()
    make_zip(program, package, {amazon_roots.NAME: roots})
    lay_out(arch, program, roots)
    digest_file = package.with_name(package.name + ".sha256")
    digest_file.write_text(f"{sha256_of(package)}  {package.name}\n")
    package.with_suffix(".cdx.json").write_text(make_sbom(package, arch, project_version()))
    return package


def lay_out(arch: str, program: Path, roots: bytes) -> None:
    """The zip's content as a folder, for `sam build` and the image."""
    folder = TOP / "build" / f"package-{arch}" / "content"
    folder.mkdir(exist_ok=True)
    shutil.copy(program, folder / "bootstrap")
    (folder / amazon_roots.NAME).write_bytes(roots)


def project_version() -> str:
    found = re.search(r"project\(dsql_migrate VERSION (\S+)", (TOP / "CMakeLists.txt").read_text())
    assert found, "CMakeLists.txt does not say the version"
    return found[1]


def describe(arch: str, package: Path) -> None:
    program = TOP / "build" / f"package-{arch}" / "handler" / "bootstrap"
    sbom = json.loads(package.with_suffix(".cdx.json").read_text())
    linked = [part for part in sbom["components"] if part["type"] == "library"]
    parts = ", ".join(f"{part['name']} {part['version']}" for part in linked)
    print(f"{package.relative_to(TOP)}: {package.stat().st_size:,} bytes, sha256 {sha256_of(package)}")
    print(f"  bootstrap: {program.stat().st_size:,} bytes, static-pie, RELRO, no shared library")
    print(f"  linked: {parts}")


def main(archs: list[str]) -> int:
    if not archs or any(arch not in TARGETS for arch in archs):
        print(f"usage: build.py ARCH..., of {', '.join(TARGETS)}", file=sys.stderr)
        return 64
    try:
        for arch in archs:
            describe(arch, build_package(arch))
    except BuildError as error:
        print(f"package: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
