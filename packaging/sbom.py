"""What is in a package, as CycloneDX 1.6 JSON: every linked part with its licence, the version that its
own source says, the name that its vulnerabilities are published under, and the digest its source was
checked against. The same package gives the same text."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import amazon_roots
from sources import locked_crates, unpacked
from toolchain import REQUIREMENTS, find_packages

PINNED = re.compile(r"^([a-z-]+)==(\S+) --hash=sha256:([0-9a-f]{64})", re.MULTILINE)
LLVM = (
    "Apache-2.0 WITH LLVM-exception",
    "ziglang/lib/libcxx/include/__config",
    r" _LIBCPP_VERSION (\d\d)(\d\d)(\d\d)",
)


@dataclass(frozen=True)
class Part:
    name: str
    licence: str
    file: str = ""  # that says the version, below what carries the part, whose version it has without
    pattern: str = ""
    vendor_and_product: str = ""  # in the CPE dictionary, where it is known there


CRATES = {
    "openssl-src": Part(
        "openssl",
        "Apache-2.0",
        "openssl/VERSION.dat",
        r"MAJOR=(\d+)\nMINOR=(\d+)\nPATCH=(\d+)",
        "openssl:openssl",
    ),
    "curl-sys": Part(
        "curl", "curl", "curl/include/curl/curlver.h", r' LIBCURL_VERSION "([\d.]+)', "haxx:curl"
    ),
    # PostgreSQL's sources say their version when they are configured, which these are not.
    "pq-src": Part(
        "libpq", "PostgreSQL", "Cargo.toml", r'\nversion = ".*\+libpq-([\d.]+)"', "postgresql:postgresql"
    ),
    "libz-sys": Part("zlib", "Zlib", "src/zlib/zlib.h", r' ZLIB_VERSION "([\d.]+)"', "zlib:zlib"),
}
WHEELS = {
    "ziglang": [
        Part("musl", "MIT", "ziglang/lib/libc/musl/src/internal/version.h", r'"([\d.]+)"', "musl-libc:musl"),
        *(Part(name, *LLVM) for name in ("libc++", "libc++abi", "libunwind")),
        Part("compiler_rt of zig", "MIT"),
    ],
    "nlohmann-json": [
        Part(
            "nlohmann-json",
            "MIT",
            "nlohmann_json/include/nlohmann/detail/abi_macros.hpp",
            r"_MAJOR (\d+).*\n.*_MINOR (\d+).*\n.*_PATCH (\d+)",
        )
    ],
    "tokenspeed-spdlog": [
        Part(
            "spdlog",
            "MIT",
            "tokenspeed_spdlog/include/spdlog/version.h",
            r"_MAJOR (\d+)\n.*_MINOR (\d+)\n.*_PATCH (\d+)",
        )
    ],
}


def make_sbom(package: Path, arch: str, version: str) -> str:
    components = [*crate_components(), *wheel_components()]
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
                "hashes": hashes(sha256_of(package)),
            }
        },
        "components": sorted([*components, roots_component(package)], key=lambda part: part["name"]),
    }
    return json.dumps(document, indent=2) + "\n"


def crate_components() -> list[dict[str, Any]]:
    found = []
    for name, part in CRATES.items():
        crate = locked_crates()[name]
        version = read_version(part, unpacked(crate))
        found.append(component(part, version, f"pkg:cargo/{name}@{crate.version}", crate.sha256))
    return found


def wheel_components() -> list[dict[str, Any]]:
    found = []
    for name, wheel_version, sha256 in PINNED.findall(REQUIREMENTS.read_text()):
        for part in WHEELS[name]:
            version = read_version(part, find_packages()) if part.file else wheel_version
            is_carried = name == "ziglang" and part.file  # beside the compiler itself
            purl = f"pkg:generic/{part.name}@{version}" if is_carried else f"pkg:pypi/{name}@{wheel_version}"
            found.append(component(part, version, purl, sha256))
    return found


def component(part: Part, version: str, purl: str, sha256: str) -> dict[str, Any]:
    cpe = f"cpe:2.3:a:{part.vendor_and_product}:{version}:*:*:*:*:*:*:*"
    return {
        "type": "library",
        "name": part.name,
        "version": version,
        "licenses": [{"expression": part.licence}],
        **({"cpe": cpe} if part.vendor_and_product else {}),
        "purl": purl.replace("+", "%2B"),
        "hashes": hashes(sha256),
    }


def read_version(part: Part, folder: Path) -> str:
    text = (folder / part.file).read_text()
    found = re.search(part.pattern, text)
    assert found, f"{part.file} does not say the version of {part.name}"
    return ".".join(str(int(number)) for group in found.groups() for number in group.split("."))


def roots_component(package: Path) -> dict[str, Any]:
    with zipfile.ZipFile(package) as archive:
        content = archive.read(amazon_roots.NAME)
    return {
        "type": "file",
        "name": amazon_roots.NAME,
        "licenses": [{"expression": "MPL-2.0"}],  # ca-certificates'
        "hashes": hashes(hashlib.sha256(content).hexdigest()),
    }


def hashes(sha256: str) -> list[dict[str, str]]:
    return [{"alg": "SHA-256", "content": sha256}]


def sha256_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
