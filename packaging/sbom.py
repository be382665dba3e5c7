"""What is in a package, as CycloneDX 1.6 JSON: every linked part with its version, licence and the
digest its source was checked against. The same package gives the same text."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from sources import Crate, locked_crates, unpacked
from toolchain import REQUIREMENTS

# Part, licence, and which file of it the version is read from where the crate's own does not say.
CRATES = {
    "openssl-src": ("openssl", "Apache-2.0"),
    "curl-sys": ("curl", "curl"),
    "pq-src": ("libpq", "PostgreSQL"),
    "libz-sys": ("zlib", "Zlib"),
}
# musl, libc++ and the compiler's own run-time library come out of the one package of the compiler.
WHEELS = {
    "ziglang": ("zig (musl, libc++, compiler-rt)", "MIT AND Apache-2.0 WITH LLVM-exception"),
    "nlohmann-json": ("nlohmann-json", "MIT"),
    "tokenspeed-spdlog": ("spdlog", "MIT"),
}
PINNED = re.compile(r"^([a-z-]+)==(\S+) --hash=sha256:([0-9a-f]{64})", re.MULTILINE)


def make_sbom(package: Path, arch: str, version: str) -> str:
    components = [crate_component(locked_crates()[name]) for name in CRATES]
    components += [
        component(*WHEELS[name], version, f"pkg:pypi/{name}@{version}", sha256)
        for name, version, sha256 in PINNED.findall(REQUIREMENTS.read_text())
    ]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "name": f"dsql-migrate-{arch}.zip",
                "version": version,
                "licenses": [{"expression": "Apache-2.0"}],
                "hashes": [{"alg": "SHA-256", "content": sha256_of(package)}],
            }
        },
        "components": sorted(components, key=lambda part: part["name"]),
    }
    return json.dumps(document, indent=2) + "\n"


def crate_component(crate: Crate) -> dict[str, Any]:
    name, licence = CRATES[crate.name]
    version = crate.upstream_version() or zlib_version(crate)
    return component(name, licence, version, f"pkg:cargo/{crate.name}@{crate.version}", crate.sha256)


def zlib_version(crate: Crate) -> str:
    header = (unpacked(crate) / "src/zlib/zlib.h").read_text()
    found = re.search(r'#define ZLIB_VERSION "([^"]+)"', header)
    assert found, "zlib.h does not say its version"
    return found[1]


def component(name: str, licence: str, version: str, purl: str, sha256: str) -> dict[str, Any]:
    return {
        "type": "library",
        "name": name,
        "version": version,
        "licenses": [{"expression": licence}],
        "purl": purl.replace("+", "%2B"),
        "hashes": [{"alg": "SHA-256", "content": sha256}],
    }


def sha256_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
