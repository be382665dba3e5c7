"""Runs against their floors: the same messages without delay, and the user's statements alone, each
plus one round trip."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from bench.apply.delay_proxy import DelayProxy, measure_round_trip
from bench.apply.floor import time_statements
from bench.apply.stage import KEY, Files, Stage, apply, make_files
from bench.figures import Sizes, ms, print_table, take_turns
from tests.dsql.double import Double
from tests.dsql.settings import Settings
from tests.support.command_line import credentials, dsql_target
from tests.support.counting_s3 import CountingS3
from tests.support.postgres import ThrowawayPostgres

ROW_BYTES = 2000
FIRST = "CREATE TABLE notes (id bigint, note text)"


def run(sizes: Sizes) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-apply-") as name, Stage() as stage:
        folder = Path(name)
        show_floor(folder, stage, sizes)
        show_many(stage, sizes)
    show_fallback(sizes)


def make_ddl(count: int) -> list[str]:
    columns = "(id bigint PRIMARY KEY, name text NOT NULL, at timestamptz)"
    return [f"CREATE TABLE t{i} {columns}" for i in range(count)]


def make_dml(count: int) -> list[str]:
    return [f"INSERT INTO notes VALUES ({i}, 'a note')" for i in range(count)]


# Against the floor --------------------------------------------------------------------------


def show_floor(folder: Path, stage: Stage, sizes: Sizes) -> None:
    rows = []
    trip = measure_round_trip(sizes.round_trip)
    for title, statements in (
        (f"{sizes.statements} DDL files", make_ddl(sizes.statements)),
        (f"{sizes.statements} DML files", make_dml(sizes.statements)),
        (f"{sizes.many_files} DDL files", make_ddl(sizes.many_files)),
    ):
        files = make_files(folder / title.replace(" ", "-"), statements)
        for name, target in (("dsql", stage.dsql_target), ("postgres", stage.postgres_target)):
            rows.append([f"{title}, {name}://", *compare(stage, files, target, sizes, trip)])
    print_table(
        f"Runs with a round trip of {sizes.round_trip * 1000:g} ms, {trip * 1000:.1f} as measured"
        f" (medians of {sizes.rounds}, in turn):",
        ["run", "time", "round trips", "its messages without delay", "its statements alone",
         "run / messages", "after connecting", "its messages", "run / messages after connecting",
         "(run - way) / statements", "a file"],  # fmt: skip
        rows,
    )
    print(
        "\nBoth floors have one round trip added. `run / messages`: the run, all its round trips"
        " included, against the same run\nwithout delay, which sends the same statements, records"
        " and checks; `after connecting` is what comes behind the connection:\nthe look, and the"
        " flights with the lock. That ratio is held to 1.3. The last is against the user's"
        " statements only,\nwith the round trips but one taken off the run."
    )


def compare(
    stage: Stage, files: Files, target: Callable[[int], str], sizes: Sizes, trip: float
) -> list[str]:
    trips = 0
    connected: dict[float, list[float]] = {sizes.round_trip: [], 0: []}

    def run_at(delay: float) -> float:
        nonlocal trips
        prepare(stage)
        with DelayProxy(stage.port, delay) as proxy:
            done = apply(files.source, target(proxy.port))
        trips = done.round_trips
        connected[delay].append(done.after_connecting)
        return done.seconds

    def run_floor() -> float:
        prepare(stage)
        return time_statements(stage.connect_arguments(), files.statements) + trip

    floor, run, undelayed = take_turns(
        sizes.rounds, run_floor, lambda: run_at(sizes.round_trip), lambda: run_at(0)
    )
    way = (trips - 1) * trip
    messages = undelayed + trip
    count = len(files.statements)
    late, prompt = median(connected[sizes.round_trip]), median(connected[0]) + trip
    return [ms(run), str(trips), ms(messages), ms(floor), f"{run / messages:.2f}",
            ms(late), ms(prompt), f"{late / prompt:.2f}", f"{(run - way) / floor:.2f}",
            f"{run / count * 1000:.2f} ms"]  # fmt: skip


def prepare(stage: Stage) -> None:
    """The ledger is there, and the table that DML goes to: only the run itself is timed."""
    stage.clear()
    with tempfile.TemporaryDirectory(prefix="bench-first-") as first:
        Path(first, "000000_first.sql").write_text(FIRST)
        apply(f"file://{first}/", stage.dsql_target(stage.port))


# The first fallback ---------------------------------------------------------------------------


def show_fallback(sizes: Sizes) -> None:
    """A server that takes one statement and its record at a time: the double, told to."""
    statements = make_ddl(sizes.statements)
    trip = measure_round_trip(sizes.round_trip)
    with (
        tempfile.TemporaryDirectory(prefix="bench-fallback-") as name,
        ThrowawayPostgres() as postgres,
        Double(postgres, Settings(pipeline=PIPELINE)) as double,
    ):
        files = make_files(Path(name) / "m", statements)
        trips = 0

        def time_at(delay: float) -> float:
            nonlocal trips
            double.reset()
            with DelayProxy(double.port, delay) as proxy:
                target = dsql_target(double).replace(f":{double.port}/", f":{proxy.port}/")
                done = apply(files.source, target, credentials(double))
            trips = done.round_trips
            return done.seconds

        rounds = min(sizes.rounds, 3)
        late, prompt = take_turns(rounds, lambda: time_at(sizes.round_trip), lambda: time_at(0))
    ideal = len(statements) * trip
    row = [f"{len(statements)} DDL files", ms(ideal), ms(late), ms(prompt), str(trips),
           f"{(late - prompt) / ideal:.2f}", f"{late / ideal:.2f}"]  # fmt: skip
    print_table(
        "The first fallback, through the double (its own work is the run without delay):",
        ["run", "statements x round trip", "run", "without delay", "round trips",
         "delay / ideal", "run / ideal"],  # fmt: skip
        [row],
    )


# BEGIN, the statement, COMMIT; BEGIN, fence, the record, the next file's row, COMMIT: what one
# statement takes, and less than two take.
PIPELINE = 14


# Many files, from S3 -------------------------------------------------------------------------


def show_many(stage: Stage, sizes: Sizes) -> None:
    rows = []
    note = "x" * ROW_BYTES
    for count in (sizes.applied_files // 10, sizes.applied_files):
        texts = [f"INSERT INTO notes VALUES ({i}, '{note}');" for i in range(count)]
        rows += measure_files(stage, f"{count:,} of {ROW_BYTES:,} bytes", texts)
    comment = "-- a line of a comment that is as long as others are, and says nothing at all\n"
    texts = [
        comment * (sizes.large_bytes // len(comment)) + f"INSERT INTO notes VALUES ({i}, 'a');"
        for i in range(sizes.large_files)
    ]
    rows += measure_files(stage, f"{sizes.large_files} of {sizes.large_bytes >> 10:,} KiB", texts)
    print_table(
        "Many files in S3, without delay:",
        ["files", "run", "time", "CPU", "peak memory", "GetObject",
         "round trips, connecting included"],  # fmt: skip
        rows,
    )


def measure_files(stage: Stage, title: str, texts: list[str]) -> list[list[str]]:
    """To apply, then with nothing to do."""
    stage.clear()
    rows = []
    with CountingS3() as s3:
        environment = KEY | {"AWS_ENDPOINT_URL_S3": s3.endpoint}
        s3.objects["m/000000_first.sql"] = FIRST.encode()
        apply("s3://files/m/", stage.dsql_target(stage.port), environment)
        for number, text in enumerate(texts, 1):
            s3.objects[f"m/{number:06d}_note.sql"] = text.encode()
        for run in ("to apply", "applied, nothing to do"):
            s3.gets.clear()
            done = apply("s3://files/m/", stage.dsql_target(stage.port), environment)
            rows.append([title, run, ms(done.seconds), f"{done.cpu:.2f} s",
                         f"{done.peak / 1024:.1f} MiB", str(len(s3.gets)),
                         str(done.round_trips)])  # fmt: skip
    return rows
