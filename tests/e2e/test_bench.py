"""The benches and the soak scripts run; what they say at these sizes means nothing."""

from __future__ import annotations

import subprocess
import sys

from tests.support.command_line import TOP


def run_module(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=TOP, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_tiny_bench_prints_a_table_for_each_section() -> None:
    printed = run_module("bench", "--tiny", "--only", "lexer", "--only", "apply", "--only", "jobs")
    for title in ("Lexer, MB/s", "round trip of 2 ms", "Many files", "first fallback", "builds of"):
        assert title in printed
    assert "| migrations |" in printed and "| 6 DDL files, postgres:// |" in printed


def test_tiny_cold_starts_are_timed_against_the_floor_and_up_to_the_first_statement() -> None:
    printed = run_module("bench", "--tiny", "--only", "cold_start")
    for row in ("a static C program", "dsql-migrate, the package", "TLS to the cluster"):
        assert f"| {row}" in printed
    assert "| the first statement |" in printed


def test_one_round_with_random_faults_runs_every_statement_once() -> None:
    assert "every statement once" in run_module("bench.soak.random_faults", "0")
