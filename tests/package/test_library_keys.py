"""What the cache keeps a library under."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.package.bare_root import TOP

sys.path.append(str(TOP / "packaging"))
from libraries import RECIPE, library_key
from sources import Crate

CRATE = Crate("curl-sys", "0.1.0+curl-1.0.0", "0" * 64)


@pytest.fixture
def packaging(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TOP / "packaging", tmp_path / "packaging"))


@pytest.mark.parametrize(
    "file, text",
    [
        ("toolchain.py", "-g0"),  # a flag of the compiler
        ("toolchain.py", "-fstack-protector-strong"),
        ("toolchain.py", "SOURCE_DATE_EPOCH"),
        ("toolchain.cmake", "-DNDEBUG"),
        ("libraries.py", "no-legacy"),  # an option of OpenSSL
        ("libraries.py", "HTTP_ONLY=ON"),
        ("libraries.py", "install_dev"),  # a step of its build
        ("CMakeLists.txt", "HAVE_STRCHRNUL"),
    ],
)
def test_a_library_is_built_again_when_its_recipe_changes(packaging: Path, file: str, text: str) -> None:
    before = library_key("key", CRATE, folder=packaging)
    recipe = (packaging / file).read_text()
    assert text in recipe
    (packaging / file).write_text(recipe.replace(text, "changed"))
    assert library_key("key", CRATE, folder=packaging) != before


def test_a_library_is_built_again_for_another_compiler_source_or_library_below(packaging: Path) -> None:
    keys = {
        library_key("key", CRATE, folder=packaging),
        library_key("other", CRATE, folder=packaging),
        library_key("key", Crate(CRATE.name, CRATE.version, "1" * 64), folder=packaging),
        library_key("key", CRATE, Path("openssl-1"), folder=packaging),
        library_key("key", CRATE, Path("openssl-2"), folder=packaging),
    }
    assert len(keys) == 5


def test_a_library_is_kept_when_what_packs_it_changes(packaging: Path) -> None:
    before = library_key("key", CRATE, folder=packaging)
    for file in packaging.glob("*.*"):
        if file.name not in RECIPE:
            file.write_text("changed")
    assert library_key("key", CRATE, folder=packaging) == before
