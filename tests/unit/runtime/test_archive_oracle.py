"""Archives as Python's zipfile and tarfile and GNU tar make them, read back.

Needs the binary archive_probe: ARCHIVE_PROBE, or build/dev/tests/unit/runtime/archive_probe.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
DEFAULT_PROBE = ROOT / "build" / "dev" / "tests" / "unit" / "runtime" / "archive_probe"
SEED = 20261121
Files = dict[str, str]


def run_probe(*paths: Path) -> list[dict[str, Any]]:
    done = subprocess.run(
        [os.environ.get("ARCHIVE_PROBE") or str(DEFAULT_PROBE), *map(str, paths)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def generate(choose: random.Random) -> Files:
    files: Files = {}
    for number in range(choose.randint(0, 30)):
        folder = choose.choice(["", "", "v1/", "größe/", "a/b/c/", "x" * 120 + "/" + "y" * 90 + "/"])
        name = choose.choice(["a", "größe", "日本", "with blank", "z" * 110])
        text = choose.choice(["SELECT 1;\n", "é€\U0001f600", "\r\n", ""]) * choose.choice([1, 3, 900])
        files[f"{folder}{number}_{name}.sql"] = text
    return files


def make_zip(path: Path, files: Files, choose: random.Random) -> None:
    method = choose.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, text in files.items():
            if choose.random() < 0.3:  # as when streamed: ZIP64 sizes
                with archive.open(name, "w", force_zip64=True) as out:
                    out.write(text.encode())
            else:
                archive.writestr(name, text)
        archive.mkdir("empty") if hasattr(archive, "mkdir") else archive.writestr("empty/", "")
        archive.comment = choose.choice([b"", b"a comment"])


class Unseekable(io.BytesIO):
    """Makes zipfile put the sizes behind the data."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


def make_tar(path: Path, files: Files, tar_format: int) -> None:
    with tarfile.open(path, "w:gz", format=tar_format) as archive:
        folder = tarfile.TarInfo("empty")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, text in files.items():
            data = text.encode()
            info = tarfile.TarInfo("./" + name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def test_zips_of_python_are_read(tmp_path: Path) -> None:
    choose = random.Random(SEED)
    wanted = [generate(choose) for _ in range(40)]
    paths = [tmp_path / f"{number}.zip" for number in range(len(wanted))]
    for path, files in zip(paths, wanted, strict=True):
        make_zip(path, files, choose)
    assert run_probe(*paths) == [{"files": files} for files in wanted]


def test_streamed_zip_is_read(tmp_path: Path) -> None:
    files = generate(random.Random(SEED))
    out = Unseekable()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    path = tmp_path / "streamed.zip"
    path.write_bytes(out.getvalue())
    assert run_probe(path) == [{"files": files}]


@pytest.mark.parametrize(
    "tar_format", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT], ids=["gnu", "pax"]
)
def test_tars_of_python_are_read(tmp_path: Path, tar_format: int) -> None:
    choose = random.Random(SEED)
    wanted = [generate(choose) for _ in range(20)]
    paths = [tmp_path / f"{number}.tar.gz" for number in range(len(wanted))]
    for path, files in zip(paths, wanted, strict=True):
        make_tar(path, files, tar_format)
    assert run_probe(*paths) == [{"files": files} for files in wanted]


@pytest.mark.parametrize("tar_format", ["gnu", "oldgnu", "pax", "posix", "ustar", "v7"])
def test_tars_of_gnu_tar_are_read(tmp_path: Path, tar_format: str) -> None:
    files = {"1_a.sql": "SELECT 1;\n", "v1/2_b.sql": "x" * 5000, "v1/größe.sql": ""}
    if tar_format not in ("v7", "ustar"):
        files["v1/" + "n" * 200 + ".sql"] = "long"
    for name, text in files.items():
        path = tmp_path / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    archive = tmp_path / "a.tgz"
    subprocess.run(
        ["tar", f"--format={tar_format}", "-czf", archive, "-C", tmp_path / "files", "."], check=True
    )
    assert run_probe(archive) == [{"files": files}]


def test_bombs_are_refused_by_their_size(tmp_path: Path) -> None:
    zip_path, tar_path = tmp_path / "bomb.zip", tmp_path / "bomb.tar.gz"
    with zipfile.ZipFile(zip_path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.sql", b"\0" * (64 << 20))
    tar_path.write_bytes(gzip.compress(b"\0" * (64 << 20)))
    zip_answer, tar_answer = run_probe(zip_path, tar_path)
    assert "more than 250 times its size" in zip_answer["error"]
    assert "unpacks to more than" in tar_answer["error"]


def test_symbolic_links_are_refused(tmp_path: Path) -> None:
    tar_path = tmp_path / "a.tar.gz"
    with tarfile.open(tar_path, "w:gz") as archive:
        link = tarfile.TarInfo("1_a.sql")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert run_probe(tar_path) == [
        {"error": "archive: entry '1_a.sql' is a link or a device, not a file"}
    ]
