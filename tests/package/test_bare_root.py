"""The package where there is nothing else, under AWS's own Runtime Interface Emulator."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path

from tests.dsql.double import Double
from tests.package.bare_root import BareRoot, package_of
from tests.support.command_line import credentials, user_tables
from tests.support.counting_s3 import CountingS3
from tests.support.name_server import NameServer
from tests.support.rie import Rie

S3_NAME = "s3.bare-root.test"
TABLE = b"CREATE TABLE tea (name text PRIMARY KEY);\nCREATE INDEX ON tea (name);\n"


def environment(double: Double, s3: CountingS3, trust: str) -> dict[str, str]:
    port = s3.endpoint.rpartition(":")[2]
    return credentials(double) | {
        "LAMBDA_TASK_ROOT": "/var/task",
        "AWS_ENDPOINT_URL_S3": f"http://{S3_NAME}:{port}",
        "MIGRATE_SOURCE": "s3://files/app/",
        "MIGRATE_TARGET": f"dsql://admin@{double.host_name}:{double.port}/postgres{trust}",
    }


def test_a_run_needs_nothing_but_its_package_and_names(
    double: Double, arch: str, base: Path | None, tmp_path: Path
) -> None:
    # DNS's port is root's alone; without, the hosts file has to have both names.
    is_root = os.geteuid() == 0
    hosts = f"127.0.0.1 {double.host_name} {'' if is_root else S3_NAME}\n"
    root = BareRoot(tmp_path, arch, hosts, double.ca, base)
    with CountingS3() as s3, NameServer(S3_NAME) if is_root else nullcontext() as names:
        s3.objects["app/1_tea.sql"] = TABLE
        settings = environment(double, s3, "?sslrootcert=/double-ca.pem")
        with Rie(package_of(arch), tmp_path, settings, root.program) as rie:
            answers = [rie.invoke({"command": name}) for name in ("status", "apply", "status")]
            assert rie.log_text().count("exec '") == 1
    assert [answer["status"] for answer in answers] == ["PENDING", "APPLIED", "UP_TO_DATE"], answers
    assert user_tables(double) == ["public.tea"]
    assert names is None or S3_NAME in names.asked


def test_a_cluster_must_show_a_certificate_of_amazons_roots(double: Double, arch: str, tmp_path: Path) -> None:
    root = BareRoot(tmp_path, arch, f"127.0.0.1 {double.host_name} {S3_NAME}\n", double.ca)
    with CountingS3() as s3:
        s3.objects["app/1_tea.sql"] = TABLE
        with Rie(package_of(arch), tmp_path, environment(double, s3, ""), root.program) as rie:
            answer = rie.invoke({"command": "status"})
    assert "certificate verify failed" in answer["errorMessage"], answer
