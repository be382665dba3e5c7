"""From exec() to the first request for an event, and on to the first statement, by time, CPU and memory."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from statistics import median
from urllib.parse import quote

from bench.apply.stage import KEY, Stage, apply
from bench.cold_start.aurora import find_aurora, measure_aurora
from bench.cold_start.plot import Bar, write_plot
from bench.cold_start.stopwatch import Start, Stopwatch, start
from bench.cold_start.surroundings import HOST_NAME, Bucket, Cluster, RuntimeApi
from bench.figures import Sizes, print_table
from tests.support.counting_s3 import CountingS3
from tests.support.rie import ARCHITECTURE, unpack

TOP = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
NODE_MODULES = TOP / "build/peers/node_modules"
FLYWAY = TOP / "build/real-tools/flyway"
PLOT = HERE / "cold_start.svg"
SMALL_RUNS = (1, 20, 200)  # files
FIRST, CONNECTED, LAST = "GET /next", "TCP to the cluster", "the first statement"
AWS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "any", "AWS_REGION": "us-east-1"}
OURS, FLOOR = "dsql-migrate, the package", "a static C program: GET /next (the floor)"


@dataclass(frozen=True)
class Program:
    command: list[str]
    environment: dict[str, str]


def run(sizes: Sizes) -> None:
    package = TOP / "build" / f"dsql-migrate-{ARCHITECTURE[platform.machine()]}.zip"
    with tempfile.TemporaryDirectory(prefix="bench-cold-start-") as name:
        folder = Path(name)
        unpack(package, folder / "task")
        programs = make_programs(folder) | (make_peers(folder) if sizes.peer_starts else {})
        starts = measure_starts(programs, sizes.cold_starts)
        print_starts(starts, sizes.cold_starts)
        print_stages(folder, sizes.cold_starts)
        print_whole_runs(folder / "task/bootstrap", sizes.cold_starts)
    print(f"\n{package.name}: {package.stat().st_size / 1e6:.2f} MB")
    if sizes.peer_starts:
        bars = [Bar(title, middle(taken, lambda one: one.seconds) * 1000) for title, taken in starts.items()]
        write_plot(PLOT, "From exec() to the first request for an event, milliseconds", bars)


def make_programs(folder: Path) -> dict[str, Program]:
    floor = folder / "floor"
    subprocess.run(["cc", "-O2", "-static", "-o", str(floor), str(HERE / "floor.c")], check=True)
    environment = {"LAMBDA_TASK_ROOT": str(folder / "task")} | AWS
    return {
        FLOOR: Program([str(floor)], {}),
        "it, an extension registered first, as ours": Program([str(floor), "register"], {}),
        OURS: Program([str(folder / "task/bootstrap")], environment),
        "make build, shared libraries": Program([str(TOP / "build/bootstrap")], environment),
    }


def make_peers(folder: Path) -> dict[str, Program]:
    """Functions of the managed runtimes, without what those do before a function's own code."""
    jars = ":".join(str(jar) for jar in sorted(FLYWAY.glob("*.jar")))
    subprocess.run(
        ["javac", "-cp", jars, "-d", str(folder), str(HERE / "FlywayFunction.java")], check=True
    )
    java = [which("java") or "java", "-cp", f"{folder}:{jars}", "FlywayFunction"]
    environment = AWS | {"PATH": os.environ["PATH"]}
    node = [str(TOP / "build/venv/bin/node"), str(HERE / "function.js")]
    return {
        "Python, boto3 and psycopg": Program([sys.executable, str(HERE / "function.py")], environment),
        "Node, @aws-sdk/client-s3 and pg": Program(node, environment | {"NODE_PATH": str(NODE_MODULES)}),
        "Java, Flyway": Program(java, environment),
    }


def measure_starts(programs: dict[str, Program], rounds: int) -> dict[str, list[Start]]:
    """In turn, so that what else the machine does hits all alike; the first round only warms."""
    taken: dict[str, list[Start]] = {title: [] for title in programs}
    for number in range(rounds + 1):
        for title, program in programs.items():
            watch = Stopwatch(until=FIRST)
            api = RuntimeApi(watch.mark, {"command": "status"})
            where = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.port}"}
            one = start(program.command, program.environment | where, watch)
            api.close()
            if number > 0:
                taken[title].append(one)
    return taken


def middle(taken: list[Start], value: Callable[[Start], float]) -> float:
    return median(value(one) for one in taken)


def print_starts(starts: dict[str, list[Start]], rounds: int) -> None:
    floor = middle(starts[FLOOR], lambda one: one.seconds)
    rows = []
    for title, taken in starts.items():
        seconds = middle(taken, lambda one: one.seconds)
        cpu, peak = middle(taken, lambda one: one.cpu), middle(taken, lambda one: one.peak_kib)
        rows.append([title, f"{seconds * 1000:.2f} ms", f"{seconds / floor:.2f}",
                     f"{cpu * 1000:.2f} ms", f"{peak / 1024:.1f} MiB"])  # fmt: skip
    print_table(
        f"From exec() to the first GET /next (medians of {rounds}, in turn):",
        ["program", "time", "/ floor", "CPU", "peak memory"],
        rows,
    )


def print_stages(folder: Path, rounds: int) -> None:
    """One file to apply, in an S3 and a cluster on this machine, over TLS."""
    aurora = find_aurora()
    runs, auroras = [], []
    for _ in range(rounds):
        runs.append(measure_stages(folder))
        if aurora:
            auroras.append(measure_aurora(aurora, AWS, CONNECTED))
    names = list(runs[0][0].marks)
    rows, before, cpu_before = [], 0.0, 0.0
    for name in names:
        at = median(watch.marks[name][0] for watch, _ in runs)
        cpu = median(watch.marks[name][1] for watch, _ in runs)
        rows.append([name, f"{(at - before) * 1000:.2f} ms", f"{(cpu - cpu_before) * 1000:.2f} ms"])
        before, cpu_before = at, cpu
    whole = [one for _, one in runs]
    rows.append(["together", f"{middle(whole, lambda one: one.seconds) * 1000:.2f} ms",
                 f"{middle(whole, lambda one: one.cpu) * 1000:.2f} ms"])  # fmt: skip
    print_table(
        f"From exec() to the first statement (medians of {rounds}), what the server saw after what:",
        ["until", "time", "CPU"],
        rows,
    )
    print(f"\nPeak memory until then: {middle(whole, lambda one: one.peak_kib) / 1024:.1f} MiB")
    print_aurora(auroras, median(watch.marks[CONNECTED][0] for watch, _ in runs))


def print_aurora(auroras: list[Start], ours: float) -> None:
    if not auroras:
        print("The aurora CLI is not installed (AURORA=/its/path): not measured")
        return
    print(
        f"Until {CONNECTED}, the aurora CLI from a folder:"
        f" {middle(auroras, lambda one: one.seconds) * 1000:.2f} ms,"
        f" {middle(auroras, lambda one: one.cpu) * 1000:.2f} ms of CPU,"
        f" {middle(auroras, lambda one: one.peak_kib) / 1024:.1f} MiB;"
        f" the package, in turn with it and from S3: {ours * 1000:.2f} ms"
    )


def print_whole_runs(bootstrap: Path, rounds: int) -> None:
    """The program of the package, from exec() to its end, against a PostgreSQL."""
    rows = []
    with Stage() as stage, CountingS3() as s3:
        environment = KEY | {"AWS_ENDPOINT_URL_S3": s3.endpoint}
        for count in SMALL_RUNS:
            s3.objects = {f"app/{i}_tea.sql": b"CREATE TABLE tea%d (name text);\n" % i for i in range(count)}
            runs = []
            for _ in range(rounds):
                stage.clear()
                runs.append(apply("s3://files/app/", stage.dsql_target(stage.port), environment, bootstrap))
            peak, cpu = median(run.peak for run in runs), median(run.cpu for run in runs)
            rows.append([str(count), f"{cpu * 1000:.1f} ms", f"{peak / 1024:.1f} MiB"])
    print_table(
        f"Whole runs of the package, from S3 over TLS (medians of {rounds}):",
        ["files applied", "CPU", "peak memory"],
        rows,
    )


def measure_stages(folder: Path) -> tuple[Stopwatch, Start]:
    watch = Stopwatch(until=LAST)
    cluster = Cluster(watch.mark, folder)
    target = f"dsql://admin@{HOST_NAME}:{cluster.port}/postgres?hostaddr=127.0.0.1"
    event = {
        "command": "apply",
        "source": "s3://files/app/",
        "target": f"{target}&sslrootcert={quote(str(cluster.ca))}",
    }
    api = RuntimeApi(watch.mark, event)
    with Bucket(watch.mark) as bucket:
        bucket.objects["app/1_tea.sql"] = b"CREATE TABLE tea (name text PRIMARY KEY);\n"
        environment = AWS | {
            "LAMBDA_TASK_ROOT": str(folder / "task"),
            "AWS_ENDPOINT_URL_S3": bucket.endpoint,
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.port}",
        }
        taken = start([str(folder / "task/bootstrap")], environment, watch)
    api.close()
    cluster.close()
    return watch, taken
