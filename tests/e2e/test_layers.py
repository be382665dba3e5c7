"""What may include what, and what must not be in the tree at all.

CMake cannot check this, with system headers: the rules are read off the sources here. Each rule is
a function over {path: text}, so that it is also shown to find a breach.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

TOP = Path(__file__).resolve().parents[2]
Tree = dict[str, str]

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)

LIBRARY_OF = {
    "curl/": "libcurl",
    "libpq": "libpq",
    "pg_config": "libpq",
    "openssl/": "OpenSSL",
    "zlib.h": "zlib",
    "spdlog/": "spdlog",
    "nlohmann/": "nlohmann-json",
}
FORBIDDEN_LIBRARIES = {
    "runtime": {"libpq"},
    "engine": {"libcurl", "zlib", "spdlog", "nlohmann-json"},
    "handler": {"libcurl", "libpq", "OpenSSL", "zlib", "spdlog"},
}
FORBIDDEN_ROOMS = {
    "runtime": {"engine", "handler", "tests"},
    "engine": {"runtime", "handler", "tests"},
    "handler": {"tests"},
}
# Each of these C libraries is spoken to by one file pair a room.
ONE_PAIR = {"libcurl", "libpq", "OpenSSL", "zlib", "spdlog"}

# Never in engine/: it gets time, settings and an observer from its caller.
ENGINE_FORBIDDEN = re.compile(
    r"\bgetenv\b|\bstd::(?:cout|cerr|clog)\b|\b(?:printf|fprintf|puts)\s*\("
)
# Values and functions of them. engine/ledger.h also declares the ledger's rows, which a plan reads.
PURE = {"lexer", "directory", "dialect", "capabilities", "plan"}
DATABASE = "engine/database.h"
LEDGER_ROWS = "engine/ledger.h"

# Written so that this file does not hold what it looks for.
REGISTRY_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("proxy", "golang", "org"),
        ("crates", "io"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("docker", "io"),
    )
]
# How a Cargo.lock names where a crate is from, whatever index or mirror cargo then asks.
CARGO_SOURCE = "registry+https://github.com/rust-lang/crates" + ".io-index"
MACHINE_PATH = re.compile(r"(?<![\w./$}])/(?:work|root|home|Users)/[\w.-]+")
SWITCHED_OFF = re.compile(
    "|".join(("DISABLED" + "_", "GTEST" + "_SKIP", r"pytest\.(?:mark\.)?" + "(?:skip|xfail)"))
)


def tracked_files() -> Tree:
    """Every text file git knows or is about to."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=TOP, check=True, capture_output=True,
    ).stdout.decode()  # fmt: skip
    tree: Tree = {}
    for name in filter(None, listed.split("\0")):
        path = TOP / name
        if path.is_file():
            data = path.read_bytes()
            if b"\0" not in data:
                tree[name] = data.decode("utf-8", errors="replace")
    return tree


def sources(tree: Tree, room: str) -> Tree:
    return {
        name: text
        for name, text in tree.items()
        if name.startswith(room + "/") and name.endswith((".h", ".cc"))
    }


def includes(text: str) -> list[str]:
    return INCLUDE.findall(text)


def library_of(header: str) -> str | None:
    return next((name for start, name in LIBRARY_OF.items() if header.startswith(start)), None)


def rooms_that_are_included_wrongly(tree: Tree) -> list[str]:
    return [
        f"{name} includes {header}"
        for room, forbidden in FORBIDDEN_ROOMS.items()
        for name, text in sources(tree, room).items()
        for header in includes(text)
        if PurePosixPath(header).parts[0] in forbidden
    ]


def libraries_that_are_included_wrongly(tree: Tree) -> list[str]:
    return [
        f"{name} includes {header} ({library_of(header)})"
        for room, forbidden in FORBIDDEN_LIBRARIES.items()
        for name, text in sources(tree, room).items()
        for header in includes(text)
        if library_of(header) in forbidden
    ]


def libraries_with_more_than_one_pair(tree: Tree) -> list[str]:
    found: list[str] = []
    for room in FORBIDDEN_ROOMS:
        users: dict[str, set[str]] = {}
        for name, text in sources(tree, room).items():
            for library in filter(None, map(library_of, includes(text))):
                users.setdefault(library, set()).add(name.rsplit(".", 1)[0])
        found += [
            f"{room}/: {library} in {', '.join(sorted(stems))}"
            for library, stems in users.items()
            if library in ONE_PAIR and len(stems) > 1
        ]
    return found


def headers_that_name_a_library(tree: Tree) -> list[str]:
    return [
        f"{name} includes {header}"
        for room in FORBIDDEN_ROOMS
        for name, text in sources(tree, room).items()
        if name.endswith(".h")
        for header in includes(text)
        if library_of(header) in ONE_PAIR
    ]


def calls_engine_must_not_make(tree: Tree) -> list[str]:
    return [
        f"{name}: {match.group(0)}"
        for name, text in sources(tree, "engine").items()
        for match in ENGINE_FORBIDDEN.finditer(COMMENT.sub("", text))
    ]


def pure_files_that_reach_the_database(tree: Tree) -> list[str]:
    def reached(name: str, seen: set[str]) -> set[str]:
        for header in includes(tree.get(name, "")):
            if header.startswith("engine/") and header not in seen and header != LEDGER_ROWS:
                seen.add(header)
                reached(header, seen)
        return seen

    return [
        f"{name} reaches {DATABASE}"
        for name in sources(tree, "engine")
        if PurePosixPath(name).stem in PURE and DATABASE in reached(name, set())
    ]


def paths_of_a_machine(tree: Tree) -> list[str]:
    return [
        f"{name}: {match.group(0)}"
        for name, text in tree.items()
        for match in MACHINE_PATH.finditer(text)
    ]


def registry_hosts(tree: Tree) -> list[str]:
    return [
        f"{name}: {host}"
        for name, text in tree.items()
        for host in REGISTRY_HOSTS
        if host in text.replace(CARGO_SOURCE, "")
    ]


def disabled_tests(tree: Tree) -> list[str]:
    return [
        f"{name}: {match.group(0)}"
        for name, text in tree.items()
        if name.startswith("tests/") and not name.endswith(".md")
        for match in SWITCHED_OFF.finditer(text)
    ]


RULES: list[tuple[Callable[[Tree], list[str]], Tree]] = [
    (rooms_that_are_included_wrongly, {"engine/a.cc": '#include "runtime/http.h"'}),
    (libraries_that_are_included_wrongly, {"handler/a.cc": "#include <curl/curl.h>"}),
    (
        libraries_with_more_than_one_pair,
        {"engine/a.cc": "#include <libpq-fe.h>", "engine/b.cc": "#include <libpq-fe.h>"},
    ),
    (headers_that_name_a_library, {"runtime/a.h": "#include <openssl/evp.h>"}),
    (calls_engine_must_not_make, {"engine/a.cc": 'auto home = std::getenv("HOME");'}),
    (
        pure_files_that_reach_the_database,
        {"engine/plan.h": '#include "engine/a.h"', "engine/a.h": f'#include "{DATABASE}"'},
    ),
    (paths_of_a_machine, {"README.md": "see " + "/".join(("", "home", "ann", "x"))}),
    (registry_hosts, {"Makefile": "https://" + REGISTRY_HOSTS[0]}),
    (disabled_tests, {"tests/a.cc": "TEST(A, " + "DISABLED" + "_b) {}"}),
]


@pytest.mark.parametrize("rule", [rule for rule, _ in RULES], ids=lambda rule: rule.__name__)
def test_the_tree_has_no(rule: Callable[[Tree], list[str]]) -> None:
    found = rule(tracked_files())
    assert not found, "\n".join(found)


@pytest.mark.parametrize("rule, breach", RULES, ids=[rule.__name__ for rule, _ in RULES])
def test_a_breach_is_found(rule: Callable[[Tree], list[str]], breach: Tree) -> None:
    assert len(rule(breach)) == 1


def test_the_top_level_holds_only_what_the_design_names() -> None:
    allowed = {
        "CMakeLists.txt", "CMakePresets.json", "LICENSE", "Makefile", "README.md", "template.yaml",
        "runtime", "engine", "handler", "packaging", "tests", "bench", "events",
    }  # fmt: skip
    top = {name.split("/", 1)[0] for name in tracked_files()}
    assert {name for name in top if not name.startswith(".")} <= allowed
