"""Index builds that overlap: through the double, whose builds take as long as it is told."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.apply.stage import apply
from bench.figures import Sizes, print_table
from tests.dsql.double import Double
from tests.dsql.settings import Settings
from tests.support.command_line import credentials, dsql_target, write_files
from tests.support.postgres import ThrowawayPostgres


def run(sizes: Sizes) -> None:
    tables = [f"CREATE TABLE t{i} (id bigint PRIMARY KEY, n bigint);" for i in range(sizes.indexes)]
    builds = [f"CREATE INDEX ASYNC t{i}_n ON t{i} (n);" for i in range(sizes.indexes)]
    together: dict[str, str | bytes] = {"2_indexes.sql": "\n".join(builds)}
    apart: dict[str, str | bytes] = {f"{i + 2}_index.sql": text for i, text in enumerate(builds)}
    rows = []
    settings = Settings(job_delay=sizes.build_seconds)
    with (
        tempfile.TemporaryDirectory(prefix="bench-jobs-") as name,
        ThrowawayPostgres() as postgres,
        Double(postgres, settings) as double,
    ):
        for title, files in (("in one file", together), ("in as many files", apart)):
            double.reset()
            folder = Path(name) / title.replace(" ", "-")
            source = write_files(folder, {"1_tables.sql": "\n".join(tables)})
            apply(source, dsql_target(double), credentials(double))
            write_files(folder, files)
            done = apply(source, dsql_target(double), credentials(double))
            rows.append([f"{sizes.indexes} indexes {title}", f"{done.seconds:.1f} s",
                         f"{done.seconds / sizes.build_seconds:.2f}"])  # fmt: skip
    print_table(
        f"Index builds of {sizes.build_seconds:g} s each:", ["run", "time", "/ one build"], rows
    )
