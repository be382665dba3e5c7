"""make_zip.py BOOTSTRAP ZIP: the deployment package of a custom runtime.

`bootstrap` lies at the root with mode 0755 recorded, as Lambda wants it. The same program always
gives the same bytes, so that a deployment sees a change only when there is one.
"""

import sys
import zipfile
from pathlib import Path

EARLIEST = (1980, 1, 1, 0, 0, 0)
REGULAR_FILE_0755 = 0o100755 << 16


def make_zip(bootstrap: Path, package: Path) -> None:
    entry = zipfile.ZipInfo("bootstrap", date_time=EARLIEST)
    entry.create_system = 3  # Unix: the mode is in external_attr
    entry.external_attr = REGULAR_FILE_0755
    entry.compress_type = zipfile.ZIP_DEFLATED
    unfinished = package.with_name(package.name + ".part")
    with zipfile.ZipFile(unfinished, "w") as archive:
        archive.writestr(entry, bootstrap.read_bytes(), compresslevel=9)
    unfinished.replace(package)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} BOOTSTRAP ZIP")
    make_zip(Path(sys.argv[1]), Path(sys.argv[2]))
