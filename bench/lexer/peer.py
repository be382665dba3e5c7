"""libpg_query's scanner, PostgreSQL's own: the one in pglast's extension, called without Python
in between."""

from __future__ import annotations

import ctypes
import time
from pathlib import Path

import pglast.parser


class _Protobuf(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("data", ctypes.c_void_p)]


class _ScanResult(ctypes.Structure):
    _fields_ = [("tokens", _Protobuf), ("stderr", ctypes.c_void_p), ("error", ctypes.c_void_p)]


class _SplitResult(ctypes.Structure):
    _fields_ = [
        ("statements", ctypes.c_void_p),
        ("count", ctypes.c_int),
        ("stderr", ctypes.c_void_p),
        ("error", ctypes.c_void_p),
    ]


_library = ctypes.CDLL(pglast.parser.__file__)
for _name, _type in (("scan", _ScanResult), ("split", _SplitResult)):
    _run = getattr(_library, "pg_query_scan" if _name == "scan" else "pg_query_split_with_scanner")
    _run.argtypes, _run.restype = [ctypes.c_char_p], _type
    _free = getattr(_library, f"pg_query_free_{_name}_result")
    _free.argtypes, _free.restype = [_type], None


def scan(text: bytes) -> None:
    """Every token, as the protobuf message that is libpg_query's answer."""
    result = _library.pg_query_scan(text)
    assert not result.error
    _library.pg_query_free_scan_result(result)


def split(text: bytes) -> None:
    """The statements' places only: the scanner with next to nothing around it."""
    result = _library.pg_query_split_with_scanner(text)
    assert not result.error
    _library.pg_query_free_split_result(result)


def best_rate(folder: Path, seconds: float, run: object) -> float:
    """Bytes a second of one core's time, of the best round."""
    assert callable(run)
    texts = [path.read_bytes() for path in sorted(folder.iterdir())]
    size = sum(map(len, texts))
    best = 0.0
    end = time.process_time() + seconds
    while time.process_time() < end or not best:
        start = time.process_time()
        for text in texts:
            run(text)
        best = max(best, size / (time.process_time() - start))
    return best
