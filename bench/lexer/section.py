"""Bytes a second of one core, ours beside libpg_query's scanner on the same files."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from bench.figures import Sizes, print_table
from bench.lexer import peer
from bench.lexer.texts import make_texts, write_files

BUILD = Path(__file__).resolve().parents[2] / "build"


def run(sizes: Sizes) -> None:
    rows = []
    with tempfile.TemporaryDirectory(prefix="bench-lexer-") as folder:
        for kind, text in make_texts().items():
            files = Path(folder) / kind
            write_files(text, files, sizes.text_bytes)
            rows.append([kind, *measure(files, sizes)])
    print_table(
        "Lexer, MB/s of one core (best round):",
        ["text", "lex()", "split, classified and hashed", "pg_query_scan", "pg_query_split"],
        rows,
    )


def measure(files: Path, sizes: Sizes) -> list[str]:
    seconds = sizes.lexer_seconds
    program = BUILD / sizes.build / "bench" / "lexer_bench"
    done = subprocess.run(
        [str(program), str(files), str(seconds)], capture_output=True, text=True, check=True
    )
    ours = json.loads(done.stdout)
    rates = [ours["lex"], ours["split"]]
    rates += [peer.best_rate(files, seconds, use) for use in (peer.scan, peer.split)]
    return [f"{rate / 1e6:,.0f}" for rate in rates]
