"""python -m tests.kill: the matrix, a part of it, or the single cases named (cut-before@17)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.kill.cases import KINDS, Case, kinds_for, make_cases, parse_case
from tests.kill.matrix import run_matrix
from tests.kill.worker import FILES, Undisturbed
from tests.support.command_line import BOOTSTRAP


def names() -> list[str]:
    return sorted(path.name for path in FILES.iterdir())


def parse_name(text: str) -> str:
    files, slash, pipeline = text.partition("/")
    if files not in names() or (slash and not pipeline.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text} is none of {', '.join(names())}")
    return text


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.kill", description=__doc__)
    add = parser.add_argument
    add("cases", nargs="*", type=parse_case, metavar="CASE", help="KIND@MESSAGE; none: all")
    add("--files", default="core", type=parse_name, metavar="NAME",
        help="of " + ", ".join(names()) + "; core/32: so many statements on their way at most")
    add("--kinds", nargs="+", choices=list(KINDS), metavar="KIND",
        help="of " + ", ".join(KINDS))
    add("--fewer", nargs="+", default=[], choices=list(KINDS), metavar="KIND",
        help="of these kinds, every fourth case")
    add("--stride", type=int, default=1, help="every so manyth message")
    add("--workers", type=int, default=0, help="processes (one a processor)")
    add("--bootstrap", type=Path, default=BOOTSTRAP, help="the program (%(default)s)")
    return parser


def main() -> int:
    arguments = make_parser().parse_args()
    kinds = arguments.kinds or kinds_for(arguments.files.partition("/")[0])

    def make(found: Undisturbed) -> list[Case]:
        return arguments.cases or list(
            make_cases(
                kinds,
                found.messages,
                found.protocol_messages,
                arguments.stride,
                arguments.fewer,
            )
        )

    summary = run_matrix(
        make, files=arguments.files, bootstrap=arguments.bootstrap, workers=arguments.workers
    )
    print(summary)
    return 1 if summary.survivors else 0


if __name__ == "__main__":
    sys.exit(main())
