"""Where what `make package` downloads and builds is kept, so that the next build is offline.

DSQL_MIGRATE_CACHE, else $XDG_CACHE_HOME/dsql-migrate, else ~/.cache/dsql-migrate. A folder in it is
named by a digest of all that it was made from; one that is there is complete, and never changes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path


def cache_folder() -> Path:
    named = os.environ.get("DSQL_MIGRATE_CACHE")
    if named:
        return Path(named).resolve()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "dsql-migrate"


def digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name` of the cache; `make` fills it when it is not there.

    It is filled under another name and renamed, so that an interrupted build leaves nothing that
    looks complete.
    """
    folder = cache_folder() / name
    if not folder.is_dir():
        unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        make(unfinished)
        if folder.is_dir():  # another build was quicker
            shutil.rmtree(unfinished)
        else:
            unfinished.rename(folder)
    return folder
