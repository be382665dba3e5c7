"""What is in the package, and what it asks of the system it runs on."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import ssl
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from tests.package.bare_root import ARCHITECTURES, TOP, package_of
from tests.support.rie import ARCHITECTURE

sys.path.append(str(TOP / "packaging"))
import elf
import make_zip

SIZE_LIMIT = 4 << 20
PARTS = {
    "compiler_rt of zig",
    "curl",
    "libc++",
    "libc++abi",
    "libpq",
    "libunwind",
    "musl",
    "nlohmann-json",
    "openssl",
    "spdlog",
    "zlib",
}


@pytest.fixture
def package(arch: str) -> Path:
    return package_of(arch)


@pytest.fixture
def program(package: Path, tmp_path: Path) -> Path:
    with zipfile.ZipFile(package) as archive:
        return Path(archive.extract("bootstrap", tmp_path))


def test_a_package_is_the_program_and_amazons_roots(package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        modes = {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()}
        roots = archive.read("amazon-roots.pem").decode()
    assert list(modes) == ["bootstrap", "amazon-roots.pem"]
    assert all(stat.S_ISREG(mode) for mode in modes.values())
    assert [stat.S_IMODE(mode) for mode in modes.values()] == [0o755, 0o644]
    assert package.stat().st_size <= SIZE_LIMIT
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=roots)
    names = [dict(part[0] for part in ca["subject"])["commonName"] for ca in context.get_ca_certs()]
    assert sorted(names) == [f"Amazon Root CA {number}" for number in (1, 2, 3, 4)] + [
        "Starfield Services Root Certificate Authority - G2"
    ]


def test_a_program_asks_for_no_library_and_is_hardened(program: Path, arch: str) -> None:
    assert elf.problems(program, arch) == []
    [other] = [name for name in ARCHITECTURES if name != arch]
    assert elf.problems(program, other) == [f"it is not for {other}"]


def test_addresses_filled_in_at_start_can_be_written_no_more(tmp_path: Path) -> None:
    with zipfile.ZipFile(package_of(ARCHITECTURE[platform.machine()])) as archive:
        program = Path(archive.extract("bootstrap", tmp_path))
    program.chmod(0o755)
    modes, until = {""}, time.monotonic() + 10
    with subprocess.Popen([str(program), "--event", "-"], stdin=subprocess.PIPE) as process:
        while modes != {"r--p"} and time.monotonic() < until:  # at first it has to fill them in
            time.sleep(0.01)
            modes = modes_of(process.pid, program, elf.relocated(program))
        process.kill()
    assert modes == {"r--p"}


def modes_of(pid: int, program: Path, offsets: tuple[int, int]) -> set[str]:
    """How the process, which lets root alone look, may use its memory there."""
    command = ["cat", f"/proc/{pid}/maps"]
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    maps = subprocess.run(sudo + command, check=True, capture_output=True, text=True).stdout
    parts = [line.split() for line in maps.splitlines() if line.endswith(str(program))]
    ranges = [([int(end, 16) for end in part[0].split("-")], part[1]) for part in parts]
    return {
        mode
        for (start, end), mode in ranges
        for offset in offsets
        if start <= ranges[0][0][0] + offset < end
    }


def test_a_program_that_needs_libraries_is_found_out() -> None:
    found = elf.problems(Path("/bin/true"), "x86_64")
    assert found[:2] == [
        "it needs a loader or shared libraries",
        "it needs versions of glibc's or libstdc++'s symbols",
    ]


def test_no_path_of_the_machine_that_built_is_in_a_program(program: Path) -> None:
    content = program.read_bytes()
    places = [str(TOP), f"{Path.home()}/", "/.cache/", "/.cargo/"]
    assert [place for place in places if place.encode() in content] == []


def test_beside_a_package_are_its_digest_and_its_parts(package: Path) -> None:
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    said = package.with_name(package.name + ".sha256").read_text()
    assert said == f"{digest}  {package.name}\n"
    sbom = json.loads(package.with_suffix(".cdx.json").read_text())
    assert (sbom["bomFormat"], sbom["specVersion"]) == ("CycloneDX", "1.6")
    assert sbom["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": digest}]
    linked = [part for part in sbom["components"] if part["type"] == "library"]
    assert {part["name"] for part in linked} == PARTS
    assert len({part["purl"] for part in linked}) == len(linked)
    for part in linked:
        assert re.fullmatch(r"\d+(\.\d+)+", part["version"]), part
        assert len(part["hashes"][0]["content"]) == 64


def test_what_has_vulnerabilities_is_named_as_they_name_it(package: Path) -> None:
    sbom = json.loads(package.with_suffix(".cdx.json").read_text())
    named = {part["name"]: part["cpe"] for part in sbom["components"] if "cpe" in part}
    versions = {part["name"]: part.get("version") for part in sbom["components"]}
    assert named == {
        name: f"cpe:2.3:a:{vendor_and_product}:{versions[name]}:*:*:*:*:*:*:*"
        for name, vendor_and_product in {
            "curl": "haxx:curl",
            "libpq": "postgresql:postgresql",
            "musl": "musl-libc:musl",
            "openssl": "openssl:openssl",
            "zlib": "zlib:zlib",
        }.items()
    }


def test_the_certificates_are_among_the_parts(package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        digest = hashlib.sha256(archive.read("amazon-roots.pem")).hexdigest()
    sbom = json.loads(package.with_suffix(".cdx.json").read_text())
    [file] = [part for part in sbom["components"] if part["type"] == "file"]
    assert (file["name"], file["hashes"][0]["content"]) == ("amazon-roots.pem", digest)


def test_the_same_files_give_the_same_zip(program: Path, tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        program.touch()
        make_zip.make_zip(program, tmp_path / name, {"beside": b"x"})
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
