"""What is in the package, and what it asks of the system it runs on."""

from __future__ import annotations

import hashlib
import json
import ssl
import stat
import sys
import zipfile
from pathlib import Path

import pytest

from tests.package.bare_root import PACKAGE, TOP

sys.path.append(str(TOP / "packaging"))
import elf
import make_zip

SIZE_LIMIT = 4 << 20


@pytest.fixture
def program(tmp_path: Path) -> Path:
    with zipfile.ZipFile(PACKAGE) as archive:
        return Path(archive.extract("bootstrap", tmp_path))


def test_a_package_is_the_program_and_amazons_roots() -> None:
    with zipfile.ZipFile(PACKAGE) as archive:
        modes = {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()}
        roots = archive.read("amazon-roots.pem").decode()
    assert list(modes) == ["bootstrap", "amazon-roots.pem"]
    assert all(stat.S_ISREG(mode) for mode in modes.values())
    assert [stat.S_IMODE(mode) for mode in modes.values()] == [0o755, 0o644]
    assert PACKAGE.stat().st_size <= SIZE_LIMIT
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=roots)
    names = [dict(part[0] for part in ca["subject"])["commonName"] for ca in context.get_ca_certs()]
    assert sorted(names) == [f"Amazon Root CA {number}" for number in (1, 2, 3, 4)] + [
        "Starfield Services Root Certificate Authority - G2"
    ]


def test_a_program_asks_for_no_library_and_is_hardened(program: Path) -> None:
    assert "X86-64" in elf.readelf("--file-header", program)
    assert elf.problems(program) == []


def test_a_program_that_needs_libraries_is_found_out() -> None:
    found = elf.problems(Path("/bin/true"))
    assert found[:2] == [
        "it needs a loader or shared libraries",
        "it needs versions of glibc's or libstdc++'s symbols",
    ]


def test_no_path_of_the_machine_that_built_is_in_a_program(program: Path) -> None:
    content = program.read_bytes()
    places = [str(TOP), f"{Path.home()}/", "/.cache/", "/.cargo/"]
    assert [place for place in places if place.encode() in content] == []


def test_beside_a_package_are_its_digest_and_its_parts() -> None:
    digest = hashlib.sha256(PACKAGE.read_bytes()).hexdigest()
    said = PACKAGE.with_name(PACKAGE.name + ".sha256").read_text()
    assert said == f"{digest}  {PACKAGE.name}\n"
    sbom = json.loads(PACKAGE.with_suffix(".cdx.json").read_text())
    assert (sbom["bomFormat"], sbom["specVersion"]) == ("CycloneDX", "1.6")
    assert sbom["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": digest}]
    parts = {part["name"].partition(" ")[0]: part for part in sbom["components"]}
    assert set(parts) == {"curl", "libpq", "nlohmann-json", "openssl", "spdlog", "zig", "zlib"}
    assert all(part["version"] and len(part["hashes"][0]["content"]) == 64 for part in parts.values())


def test_the_same_files_give_the_same_zip(program: Path, tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        program.touch()
        make_zip.make_zip(program, tmp_path / name, {"beside": b"x"})
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
