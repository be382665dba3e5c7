"""python -m bench [--only SECTION] [--tiny]: measures on this machine and prints the tables."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable
from pathlib import Path

from bench.apply import jobs_section
from bench.apply import section as apply_section
from bench.cold_start import section as cold_start_section
from bench.figures import TINY, Sizes
from bench.lexer import section as lexer_section
from bench.peers import section as peers_section

SECTIONS: dict[str, Callable[[Sizes], None]] = {
    "lexer": lexer_section.run,
    "apply": apply_section.run,
    "jobs": jobs_section.run,
    "peers": peers_section.run,
    "cold_start": cold_start_section.run,
}


def describe_machine() -> str:
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    load = Path("/proc/loadavg").read_text().split()[0]
    model = models[0] if models else platform.machine()
    return f"{len(models)} x {model}, load {load}, {platform.system()} {platform.release()}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", choices=SECTIONS, action="append", help="may be repeated")
    parser.add_argument("--tiny", action="store_true", help="sizes that prove nothing, in seconds")
    arguments = parser.parse_args()
    print(describe_machine())
    for name in arguments.only or SECTIONS:
        SECTIONS[name](TINY if arguments.tiny else Sizes())
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
