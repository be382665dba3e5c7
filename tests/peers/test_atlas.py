"""Atlas's own sums, statements and history, made by its library: make peers builds a program with
it (tests/peers/atlas). The revisions table is the command's, which the library does not have."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.peers.atlas_files import NAMES, make_text, spoil, write_directory
from tests.peers.project import HALF, MIGRATIONS, write_versions
from tests.peers.takeover import check_takeover, run, url, wait_until
from tests.support.command_line import TOP
from tests.support.command_line import run as run_alone
from tests.support.postgres import ThrowawayPostgres
from tests.support.simple_client import SimpleClient

ATLAS = TOP / "build" / "real-tools" / "atlas" / "atlas"
PIECES = TOP / "build" / "dev" / "tests" / "peers" / "atlas_pieces"
SPLITTING = TOP / "tests" / "data" / "peers" / "splitting.json"
HISTORY = "atlas_schema_revisions"
SEED = 20261127
DIRECTORIES = 60
TEXTS = 20_000


def atlas(*arguments: str, stdin: str = "", fails: str = "") -> str:
    done = subprocess.run(
        [str(ATLAS), *arguments], input=stdin, capture_output=True, text=True, timeout=120
    )
    if fails:
        assert done.returncode == 1 and fails in done.stderr, done.stderr[-2000:]
    else:
        assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def apply(
    server: ThrowawayPostgres, database: str, folder: Path, *options: str, fails: str = ""
) -> None:
    atlas("hash", str(folder))
    atlas("apply", *options, str(folder), url(server, database), fails=fails)


def make_databases(server: ThrowawayPostgres, folder: Path, *options: str) -> tuple[str, str]:
    """One that Atlas alone has migrated, and an empty one."""
    whole, half = server.create_database(), server.create_database()
    apply(server, whole, folder, *options)
    return whole, half


def hash_of(folder: Path, write: bool = False) -> dict[str, Any]:
    event = {"command": "hash", "source": f"file://{folder}/", "format": "atlas"}
    event |= {"allowEmpty": True, "write": write}
    return json.loads(run_alone(["--event", "-"], {}, json.dumps(event)).stdout)


def check_sums(folders: list[Path]) -> None:
    for folder in folders:
        answer = hash_of(folder)
        assert answer["status"] == "UP_TO_DATE", (folder, answer)
        assert answer["sum"]["text"] == (folder / "atlas.sum").read_text(), folder


def test_atlas_sum_is_the_same_of_any_directory(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    names = [name for name in NAMES if ".up." not in name]
    folders = [write_directory(chance, tmp_path / str(n), names) for n in range(DIRECTORIES)]
    empty = tmp_path / "empty"
    empty.mkdir()
    folders.append(empty)
    atlas("hash", *map(str, folders))
    check_sums(folders)


# This Atlas takes every *.sql of them, a later one those that go up.
def test_atlas_sum_is_the_same_of_golang_migrates_directories(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    folders = [write_directory(chance, tmp_path / str(n)) for n in range(DIRECTORIES)]
    for folder in folders:
        for way in ("up", "down"):
            (folder / f"3_b.{way}.sql").write_bytes(b"SELECT 1;\n")
    atlas("hash", "-golang-migrate", *map(str, folders))
    check_sums(folders)


def test_a_sum_that_is_not_right_is_told_by_the_file_and_line_that_atlas_tells(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    names = [name for name in NAMES if ".up." not in name]
    folders = [write_directory(chance, tmp_path / str(n), names) for n in range(DIRECTORIES)]
    atlas("hash", *map(str, folders))
    for folder in folders:
        spoil(chance, folder)
    faults = json.loads(atlas("validate", *map(str, folders)))
    for folder, fault in zip(folders, faults, strict=True):
        answer = hash_of(folder)
        assert (answer["status"] == "UP_TO_DATE") == (fault is None), (folder, fault, answer)
        if fault and fault["File"]:
            problem = answer["problems"][0]
            assert problem["code"] == "sum-stale", (folder, fault, problem)
            assert problem["line"] == fault["Line"], (folder, fault, problem)
            assert problem["message"].startswith(fault["File"]), (folder, fault, problem)
    assert len({fault["Error"] for fault in faults if fault}) == 3
    assert sum(bool(fault and fault["File"]) for fault in faults) > DIRECTORIES / 4


def test_a_sum_that_is_not_right_is_so_for_atlas_when_it_was_written_here(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    names = [name for name in NAMES if ".up." not in name]
    folders = [write_directory(chance, tmp_path / str(n), names) for n in range(DIRECTORIES)]
    atlas("hash", *map(str, folders[1::2]))
    for folder in folders[1::2]:
        spoil(chance, folder)
    statuses = [hash_of(folder)["status"] for folder in folders]
    assert statuses.count("PENDING") > DIRECTORIES / 2
    for folder, status in zip(folders, statuses, strict=True):
        answer = hash_of(folder, write=True)
        assert answer["status"] == "UP_TO_DATE", (folder, answer)
        assert answer["sum"]["written"] == (status == "PENDING"), (folder, answer)
    assert json.loads(atlas("validate", *map(str, folders))) == [None] * DIRECTORIES


def cut_here(texts: list[str]) -> list[list[str] | None]:
    done = subprocess.run(
        [str(PIECES)], input=json.dumps(texts), capture_output=True, text=True, timeout=120, check=True
    )
    return json.loads(done.stdout)


def test_files_are_cut_as_atlas_cuts_them() -> None:
    chance = random.Random(SEED)
    texts = [case["input"] for case in json.loads(SPLITTING.read_text())]
    texts += [make_text(chance) for _ in range(TEXTS)]
    wanted = json.loads(atlas("split", stdin=json.dumps(texts)))
    assert sum(cut is not None for cut in wanted) > TEXTS / 2, "most are understood"
    found = cut_here(texts)
    assert [(t, w, f) for t, w, f in zip(texts, wanted, found, strict=True) if w != f] == []


def test_what_is_recorded_of_atlass_cutting_is_so() -> None:
    cases = json.loads(SPLITTING.read_text())
    cuts = json.loads(atlas("split", stdin=json.dumps([case["input"] for case in cases])))
    for case, cut in zip(cases, cuts, strict=True):
        recorded = case["peers"]["atlas"]
        wanted = case["want"] if recorded == "right" else recorded
        found = "error" if cut is None else sum(text != ";" for text in cut)
        assert found == wanted, case


@pytest.mark.parametrize("mode", [[], ["-tx-mode-file"]], ids=["none", "file"])
def test_a_project_that_atlas_has_half_applied_is_adopted_and_finished(
    server: ThrowawayPostgres, tmp_path: Path, mode: list[str]
) -> None:
    folder = write_versions(tmp_path / "whole")
    whole, half = make_databases(server, folder, *mode)
    apply(server, half, folder, *mode, "-n", str(HALF))
    answer = check_takeover(server, folder, half, whole, HISTORY, HISTORY)
    assert answer["adopted"]["marked"] == HALF
    assert len(MIGRATIONS) >= 20


def write_broken(folder: Path) -> str:
    """The project, where the second of two statements of a file names a table that is not there."""
    write_versions(folder)
    file = next(folder.glob("*_first_orders.sql"))
    file.write_text(file.read_text().replace("order_lines VALUES", "orders_lines VALUES"))
    return file.name


def test_a_file_that_atlas_has_half_applied_goes_on_behind_its_last_statement(
    server: ThrowawayPostgres, tmp_path: Path
) -> None:
    folder = write_versions(tmp_path / "whole")
    whole, half = make_databases(server, folder)
    broken = write_broken(tmp_path / "broken")
    apply(server, half, tmp_path / "broken", fails='relation "orders_lines" does not exist')
    answer = check_takeover(server, folder, half, whole, HISTORY, HISTORY)
    assert answer["adopted"]["lastVersion"] == broken.split("_")[0]


# Atlas keeps the hash of the file as it was first.
def test_a_corrected_file_that_atlas_itself_has_completed_differs_by_its_hash(
    server: ThrowawayPostgres, tmp_path: Path
) -> None:
    folder = write_versions(tmp_path / "whole")
    half = server.create_database()
    broken = write_broken(tmp_path / "broken")
    apply(server, half, tmp_path / "broken", fails="orders_lines")
    apply(server, half, folder, "-n", "2")
    outcome = run(server, half, folder, "adopt")
    assert [problem["file"] for problem in outcome.answer["problems"]] == [broken]
    version = broken.split("_")[0]
    adopted = run(server, half, folder, "adopt", accept=f"checksum-differs:{version}")
    assert adopted.status == "ADOPTED", adopted.answer
    assert adopted.answer["adopted"]["marked"] == 14
    assert run(server, half, folder, "apply").status == "APPLIED"


def test_an_edited_file_differs_and_so_do_those_behind_it(
    server: ThrowawayPostgres, tmp_path: Path
) -> None:
    folder = write_versions(tmp_path / "whole", 5)
    half = server.create_database()
    apply(server, half, folder)
    (folder / "20260103120000_products.sql").write_text("CREATE TABLE products ();\n")
    answer = run(server, half, folder, "adopt", atlasSum="ignore").answer
    assert [problem["code"] for problem in answer["problems"]] == ["checksum-differs"] * 3
    assert [problem["file"][:8] for problem in answer["problems"]] == ["20260103", "20260104", "20260105"]


def test_atlass_baseline_covers_what_comes_before_it(
    server: ThrowawayPostgres, tmp_path: Path
) -> None:
    folder = write_versions(tmp_path / "whole")
    whole, half = make_databases(server, folder)
    apply(server, half, write_versions(tmp_path / "half", HALF))
    server.query(f"DROP SCHEMA {HISTORY} CASCADE", half)
    apply(server, half, folder, "-baseline", f"202601{HALF:02d}120000", "-n", "2")
    answer = check_takeover(server, folder, half, whole, HISTORY, HISTORY)
    assert answer["adopted"]["marked"] == HALF + 2


def test_a_checkpoint_that_atlas_began_with_stands_for_what_comes_before_it(
    server: ThrowawayPostgres, tmp_path: Path
) -> None:
    folder = write_versions(tmp_path / "whole")
    squashed = "".join(file.read_text() for file in sorted(folder.iterdir())[:HALF])
    (folder / f"202601{HALF:02d}130000_checkpoint.sql").write_text(
        "-- atlas:checkpoint\n\n" + squashed
    )
    whole, half = make_databases(server, folder)
    apply(server, half, folder, "-n", "3")
    answer = check_takeover(server, folder, half, whole, HISTORY, HISTORY)
    assert answer["adopted"]["lastVersion"] == f"202601{HALF + 2:02d}120000"


def test_golang_migrates_files_that_atlas_has_half_applied_are_adopted_and_finished(
    server: ThrowawayPostgres, tmp_path: Path
) -> None:
    folder = write_versions(tmp_path / "whole", ending=".up.sql")
    (folder / "20260106120000_email.down.sql").write_text("ALTER TABLE customers DROP COLUMN email;\n")
    whole, half = make_databases(server, folder, "-golang-migrate")
    apply(server, half, folder, "-golang-migrate", "-n", str(HALF))
    answer = check_takeover(server, folder, half, whole, HISTORY, HISTORY)
    assert answer["adopted"]["marked"] == HALF


def test_a_statement_that_took_effect_after_atlas_was_killed_is_not_run_again(
    server: ThrowawayPostgres, tmp_path: Path
) -> None:
    folder = write_versions(tmp_path / "whole")
    whole, half = make_databases(server, folder)
    apply(server, half, folder, "-n", "5")
    with SimpleClient(server.socket_path, server.user, half) as other:
        other.query("BEGIN; LOCK TABLE customers IN ACCESS SHARE MODE")
        killed = subprocess.Popen([str(ATLAS), "apply", str(folder), url(server, half)])
        wait_until(server, half, "pg_stat_activity WHERE wait_event_type = 'Lock'")
        killed.kill()
        killed.wait()
        other.query("COMMIT")
    wait_until(server, half, "pg_attribute WHERE attname = 'email'")
    answer = check_takeover(server, folder, half, whole, HISTORY, HISTORY)
    assert answer["adopted"]["lastVersion"] == "20260106120000"
