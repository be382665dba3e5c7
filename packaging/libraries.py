"""The linked libraries, static, with no more in them than HTTP, TLS and PostgreSQL's protocol need."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cache import digest, kept
from sources import Crate, locked_crates, unpacked
from toolchain import HARDENING, HERE, Toolchain, run

# All that decides how a library is built but its source: the compiler's flags, the options, the steps.
RECIPE = ("toolchain.py", "toolchain.cmake", "libraries.py", "CMakeLists.txt")
JOBS = os.environ.get("DSQL_MIGRATE_JOBS") or str(os.cpu_count() or 1)
SOURCE = "/source"  # what __FILE__ says in place of the folder that a library was built in
OPENSSL_TARGETS = {"x86_64": "linux-x86_64", "arm64": "linux-aarch64"}
# What TLS 1.2 and 1.3 with today's ciphers do not need. Without `autoload-config`, and with curl's
# option of that name, no openssl.cnf is looked for at start.
OPENSSL_OPTIONS = """
    --prefix=/openssl --libdir=lib --openssldir=/etc/pki/tls no-apps no-aria no-async
    no-autoload-config no-bf no-blake2 no-camellia no-cast no-cmp no-cms no-comp no-ct no-des
    no-docs no-dsa no-dso no-dtls no-ec2m no-gost no-idea no-legacy no-lms no-md4 no-mdc2
    no-module no-multiblock no-ocb no-ocsp no-psk no-quic no-rc2 no-rc4 no-rfc3779 no-rmd160
    no-scrypt no-seed no-shared no-siphash no-siv no-slh-dsa no-sm2 no-sm3 no-sm4 no-srp no-srtp
    no-ssl-trace no-tests no-tls1 no-tls1_1 no-ts no-ui-console no-whirlpool
""".split()
CURL_OPTIONS = """
    BUILD_SHARED_LIBS=OFF BUILD_CURL_EXE=OFF BUILD_TESTING=OFF BUILD_LIBCURL_DOCS=OFF BUILD_MISC_DOCS=OFF
    ENABLE_CURL_MANUAL=OFF HTTP_ONLY=ON CURL_USE_OPENSSL=ON CURL_ZLIB=OFF CURL_BROTLI=OFF CURL_ZSTD=OFF
    CURL_USE_LIBPSL=OFF CURL_USE_LIBSSH2=OFF USE_NGHTTP2=OFF USE_LIBIDN2=OFF ENABLE_UNIX_SOCKETS=OFF
    CURL_DISABLE_ALTSVC=ON CURL_DISABLE_AWS=ON CURL_DISABLE_BEARER_AUTH=ON CURL_DISABLE_COOKIES=ON
    CURL_DISABLE_DIGEST_AUTH=ON CURL_DISABLE_DOH=ON CURL_DISABLE_FORM_API=ON CURL_DISABLE_HSTS=ON
    CURL_DISABLE_KERBEROS_AUTH=ON CURL_DISABLE_MIME=ON CURL_DISABLE_NEGOTIATE_AUTH=ON
    CURL_DISABLE_NETRC=ON CURL_DISABLE_NTLM=ON CURL_DISABLE_OPENSSL_AUTO_LOAD_CONFIG=ON
    CURL_DISABLE_PROGRESS_METER=ON CURL_DISABLE_WEBSOCKETS=ON
    CURL_CA_BUNDLE=none CURL_CA_PATH=none CURL_ENABLE_EXPORT_TARGET=ON
""".split()
# curl would start all of OpenSSL before its first request, which is plain HTTP to the Runtime API and
# need not wait for that: a third of the instructions of a cold start. libssl starts itself when the
# first TLS context is made; what is called in its place has the same parameters and result.
CURL_FLAGS = ["-DOPENSSL_init_ssl=OPENSSL_init_crypto"]


@dataclass(frozen=True)
class Libraries:
    """One folder a library, each with include/ and lib/."""

    zlib: Path
    openssl: Path
    curl: Path
    libpq: Path


def build_libraries(toolchain: Toolchain) -> Libraries:
    crates = locked_crates()
    version = f"-DSOURCE_VERSION={crates['pq-src'].version}"

    def build(name: str, crate: Crate, make: Callable[[Path, Path], None], *needed: Path) -> Path:
        key = library_key(toolchain.key, crate, *needed)

        def make_it(prefix: Path) -> None:
            print(f"package: {name} for {toolchain.arch}", end="", flush=True)
            start = time.monotonic()
            work = prefix / "work"
            shutil.copytree(unpacked(crate), work, symlinks=True)
            make(work, prefix)
            shutil.rmtree(work)
            print(f", {time.monotonic() - start:.0f} s", flush=True)

        return kept(f"{name}-{toolchain.arch}-{key}", make_it)

    zlib = build("zlib", crates["libz-sys"], lambda *at: build_here("zlib", toolchain, *at))
    openssl = build("openssl", crates["openssl-src"], lambda *at: build_openssl(toolchain, *at))
    curl = build("curl", crates["curl-sys"], lambda *at: build_curl(toolchain, openssl, *at), openssl)
    libpq = build(
        "libpq",
        crates["pq-src"],
        lambda *at: build_here("libpq", toolchain, *at, f"-DOPENSSL={openssl}", version),
        openssl,
    )
    return Libraries(zlib, openssl, curl, libpq)


def library_key(toolchain_key: str, crate: Crate, *needed: Path, folder: Path = HERE) -> str:
    """Another one whenever the library might come out otherwise."""
    recipe = [(folder / name).read_text() for name in RECIPE]
    return digest(toolchain_key, crate.sha256, *recipe, *(library.name for library in needed))


def build_openssl(toolchain: Toolchain, work: Path, prefix: Path) -> None:
    source = work / "openssl"
    environment = toolchain.environment() | {
        "CC": "zig-cc",
        "AR": "zig-ar",
        "RANLIB": "zig-ranlib",
    }
    target = OPENSSL_TARGETS[toolchain.arch]
    run(["perl", "Configure", target, *OPENSSL_OPTIONS, *HARDENING], source, environment)
    run(["make", "-j", JOBS, "build_libs"], source, environment)
    run(["make", "install_dev", f"DESTDIR={prefix}/destination"], source, environment)
    for name in ("include", "lib"):
        (prefix / "destination/openssl" / name).rename(prefix / name)
    shutil.rmtree(prefix / "destination")


def cmake(
    toolchain: Toolchain, source: Path, work: Path, prefix: Path, flags: list[str], *options: str
) -> None:
    """Configured, built with `flags`, and installed into `prefix`."""
    build = work / "build-here"
    environment = toolchain.environment()
    hide = f"-ffile-prefix-map={work}={SOURCE}"
    configure = ["cmake", "-G", "Ninja", "-S", str(source), "-B", str(build)]
    configure += cmake_options(toolchain, *flags, hide)
    run([*configure, f"-DCMAKE_INSTALL_PREFIX={prefix}", *options], work, environment)
    run(["cmake", "--build", str(build), "--target", "install"], work, environment)


def cmake_options(toolchain: Toolchain, *flags: str) -> list[str]:
    return [
        f"-DCMAKE_TOOLCHAIN_FILE={HERE}/toolchain.cmake",
        f"-DDSQL_MIGRATE_TOOLS={toolchain.tools}",
        f"-DDSQL_MIGRATE_ARCH={toolchain.arch}",
        f"-DDSQL_MIGRATE_FLAGS={' '.join([*HARDENING, *flags])}",
    ]


def build_curl(toolchain: Toolchain, openssl: Path, work: Path, prefix: Path) -> None:
    for folder in ("docs", "docs/examples"):  # the crate leaves them out, curl's build asks for them
        (work / "curl" / folder).mkdir()
        (work / "curl" / folder / "CMakeLists.txt").touch()
    options = [f"-D{option}" for option in CURL_OPTIONS]
    options.append(f"-DCMAKE_FIND_ROOT_PATH={openssl}")
    cmake(toolchain, work / "curl", work, prefix, CURL_FLAGS, *options)


def build_here(name: str, toolchain: Toolchain, work: Path, prefix: Path, *options: str) -> None:
    """By packaging/CMakeLists.txt, for sources that come without a build of their own."""
    cmake(toolchain, HERE, work, prefix, [], f"-DLIBRARY={name}", f"-DSOURCE={work}", *options)
