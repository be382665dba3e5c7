"""make_zip.py BOOTSTRAP ZIP: the deployment package of a custom runtime.

`bootstrap` lies at the root with mode 0755 recorded, as Lambda wants it. The same content always
gives the same bytes, so that a deployment sees a change only when there is one.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

EARLIEST = (1980, 1, 1, 0, 0, 0)
REGULAR_FILE = 0o100000


def make_zip(bootstrap: Path, package: Path, beside: dict[str, bytes] | None = None) -> None:
    """`beside`: further files by name."""
    unfinished = package.with_name(package.name + ".part")
    with zipfile.ZipFile(unfinished, "w") as archive:
        add(archive, "bootstrap", 0o755, bootstrap.read_bytes())
        for name, content in (beside or {}).items():
            add(archive, name, 0o644, content)
    unfinished.replace(package)


def add(archive: zipfile.ZipFile, name: str, mode: int, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, date_time=EARLIEST)
    entry.create_system = 3  # Unix: the mode is in external_attr
    entry.external_attr = (REGULAR_FILE | mode) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content, compresslevel=9)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} BOOTSTRAP ZIP")
    make_zip(Path(sys.argv[1]), Path(sys.argv[2]))
