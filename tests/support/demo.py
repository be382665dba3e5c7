"""`make demo`: the whole way on this machine, with the real template and the real zip.

CloudFormation, Lambda, S3, IAM and Scheduler are ministack; the cluster is the DSQL double in front
of a real PostgreSQL. Ends with 1 when anything comes out otherwise than told.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.support.deploy import PACKAGE, TOP, Stack, StackFailed, content_digest
from tests.support.world import World

BUCKET = "shop-migrations"
PREFIX = "shop/"
STACK = "shop-database"
FOLDERS = TOP / "tests" / "data" / "demo"
WIDTH = 150

# What an answer says beside these is shown in full by `aws lambda invoke`, and in the README.
BRIEF = (
    "status", "message", "currentVersion", "targetVersion", "counts", "migrations", "pending",
    "problems", "failure", "plan", "errorType",
)  # fmt: skip


class Surprise(Exception):
    """Something did not happen as the demo says."""


def expect(condition: bool, what: str) -> None:
    if not condition:
        raise Surprise(what)


class Narrator:
    def __init__(self) -> None:
        self._step = 0
        self._start = time.monotonic()
        self._bold, self._plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")

    def step(self, text: str) -> None:
        self._step += 1
        seconds = time.monotonic() - self._start
        print(f"\n{self._bold}{self._step}. {text}{self._plain}  [{seconds:.1f} s]", flush=True)

    def say(self, text: str) -> None:
        print(f"   {text}", flush=True)

    def lines(self, text: str) -> None:
        for line in text.splitlines():
            self.say(line)

    def show(self, value: object) -> None:
        self.lines(lay_out(value))


def lay_out(value: object, indent: int = 0) -> str:
    """JSON, a member a line, but on one line what fits there."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= WIDTH or not isinstance(value, (dict, list)) or not value:
        return flat
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        rows = [f"{inner}{json.dumps(k)}: {lay_out(v, indent + 2)}" for k, v in value.items()]
        return "{\n" + ",\n".join(rows) + "\n" + " " * indent + "}"
    rows = [inner + lay_out(item, indent + 2) for item in value]
    return "[\n" + ",\n".join(rows) + "\n" + " " * indent + "]"


def brief(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in BRIEF if answer.get(name)}


class Demo:
    def __init__(self, world: World, narrator: Narrator) -> None:
        self.world = world
        self.tell = narrator
        self.stack: Stack = world.new_stack(STACK)

    def run(self) -> None:
        world = self.world
        self.tell.say(f"DSQL double   {world.endpoint} (TLS, IAM tokens), PostgreSQL behind it")
        self.tell.say(f"ministack     {world.cloud.endpoint} (signatures and policies checked)")
        world.cloud.client("s3").create_bucket(Bucket=BUCKET)
        self.first_deployment()
        self.nothing_to_do()
        self.second_release()
        self.refused_release()
        self.failed_statement()
        self.clean_up()

    def first_deployment(self) -> None:
        parameters = self.upload_release("1", ["1-shop"])
        self.tell.step(f"Deploy template.yaml as stack {STACK}: the custom resource migrates")
        self.tell.say(f"package {PACKAGE.name}, {PACKAGE.stat().st_size / 1e6:.1f} MB")
        outputs = self.stack.create(**parameters)
        self.tell.show(outputs)
        expect(outputs["MigrationStatus"] == "APPLIED", "the first deployment applies")
        expect(outputs["MigrationsApplied"] == "4", "four files are applied")
        self.tell.step("What PostgreSQL holds now")
        for row in self.world.double.query(TABLES_AND_INDEXES):
            self.tell.say(" ".join(field or "" for field in row))
        expect(
            self.world.double.query("SELECT count(*) FROM shop.products") == [("3",)],
            "three products are there",
        )

    def nothing_to_do(self) -> None:
        answer = self.invoke({"command": "status"})
        expect(answer["status"] == "UP_TO_DATE", "status is UP_TO_DATE")
        answer = self.invoke({"command": "apply"}, "A second apply does nothing, and says so")
        expect(answer["status"] == "UP_TO_DATE", "a second apply does nothing")
        expect(answer["counts"]["statements"] == 0, "a second apply sends no statement")

    def second_release(self) -> None:
        parameters = self.upload_release("2", ["1-shop", "2-reviews"])
        source = f"s3://{BUCKET}/{PREFIX}2/"
        answer = self.invoke(
            {"command": "plan", "source": source}, "A dry run: each statement as it would be sent"
        )
        expect(answer["status"] == "PLANNED", "the plan is PLANNED")
        expect("INDEX ASYNC" in json.dumps(answer["plan"]), "the plan shows DSQL's statement")
        self.tell.step("Update the stack with release 2")
        outputs = self.stack.update(**parameters)
        self.tell.show({name: value for name, value in outputs.items() if "Migration" in name})
        expect(outputs["MigrationStatus"] == "APPLIED", "the update applies")
        expect(outputs["MigrationsApplied"] == "1", "only the new file is applied")

    def refused_release(self) -> None:
        parameters = self.upload_release("3", ["1-shop", "2-reviews", "3-refused"])
        self.tell.step("Update the stack with release 3, which Aurora DSQL would refuse")
        try:
            self.stack.update(**parameters)
        except StackFailed as failed:
            self.tell.say(failed.status)
            for reason in failed.reasons:
                self.tell.lines(reason)
            expect(failed.status == "UPDATE_ROLLBACK_COMPLETE", "the stack rolls back")
            expect("order_numbers.sql:7" in str(failed), "the reason names file and line")
        else:
            raise Surprise("release 3 was deployed")
        source = f"s3://{BUCKET}/{PREFIX}3/"
        answer = self.invoke(
            {"command": "plan", "source": source},
            "All of its problems, and what works instead",
            True,
        )
        expect(answer["status"] == "INVALID", "the refused release is INVALID")
        tables = self.world.double.query("SELECT to_regclass('shop.invoices')")
        expect(tables == [(None,)], "nothing of it was applied")

    def failed_statement(self) -> None:
        self.tell.step(f"A file that fails only when it runs, {DOUBLE_ENTRY_FILE}")
        self.tell.lines(DOUBLE_ENTRY)
        key = f"{PREFIX}2/{DOUBLE_ENTRY_FILE}"
        s3 = self.world.cloud.client("s3")
        s3.put_object(Bucket=BUCKET, Key=key, Body=DOUBLE_ENTRY.encode())
        answer = self.invoke({"command": "apply"}, "The same call says where it failed", True)
        expect(answer["status"] == "FAILED", "the failing file is FAILED")
        expect(answer["failure"]["sqlstate"] == "23505", "SQLSTATE 23505")
        s3.delete_object(Bucket=BUCKET, Key=key)

    def clean_up(self) -> None:
        log = self.world.cloud.log_text(f"/aws/lambda/{STACK}")
        leaked = [secret for secret in self.world.secrets() if secret in log]
        expect(not leaked and "X-Amz-Signature" not in log, "no secret is in the log")
        self.tell.step("Delete the stack; the database stays as it is")
        self.stack.delete()
        left = self.world.cloud.client("lambda").list_functions()["Functions"]
        expect(left == [], "no function is left")
        rows = self.world.double.query(LEDGER)
        self.tell.say("the ledger, dsql_migrate.revisions:")
        for row in rows:
            self.tell.say("  ".join(field or "" for field in row))
        expect(len(rows) >= 5, "the ledger is still there")

    def upload_release(self, number: str, folders: list[str]) -> dict[str, str]:
        """Puts the folders' files below shop/NUMBER/; returns the parameters that deploy them."""
        folder = f"{PREFIX}{number}/"
        self.tell.step(f"Upload release {number} to s3://{BUCKET}/{folder}")
        s3 = self.world.cloud.client("s3")
        for name in folders:
            for path in sorted((FOLDERS / name).glob("*.sql")):
                s3.put_object(Bucket=BUCKET, Key=folder + path.name, Body=path.read_bytes())
                self.tell.say(path.name)
        return self.world.parameters(
            BUCKET,
            PREFIX,
            ReleaseFolder=f"{number}/",
            RunOnDeploy="true",
            ContentDigest="-".join(content_digest(FOLDERS / name)[:8] for name in folders),
        )

    def invoke(
        self, event: dict[str, str], title: str = "Ask for the status", is_error: bool = False
    ) -> dict[str, Any]:
        self.tell.step(title)
        self.tell.say(f"$ aws lambda invoke --payload '{json.dumps(event)}' ...")
        invoked = self.world.invoke(self.stack.outputs()["FunctionName"], event)
        self.tell.show(brief(invoked.answer))
        expect((invoked.function_error is not None) == is_error, f"FunctionError: {is_error}")
        return invoked.answer


TABLES_AND_INDEXES = """
SELECT kind, name FROM (
  SELECT 'table', schemaname || '.' || tablename FROM pg_tables WHERE schemaname = 'shop'
  UNION ALL SELECT 'view', schemaname || '.' || viewname FROM pg_views WHERE schemaname = 'shop'
  UNION ALL SELECT 'index', schemaname || '.' || indexname FROM pg_indexes
    WHERE schemaname = 'shop' AND indexname NOT LIKE '%_pkey'
) AS found (kind, name) ORDER BY array_position('{table,view,index}', kind), name"""
DOUBLE_ENTRY_FILE = "20260305100000_double_entry.sql"
DOUBLE_ENTRY = """\
INSERT INTO shop.products (sku, title, price_cents)
VALUES ('CUP-STONE-01', 'Cup', 1450);
"""
LEDGER = "SELECT version, description FROM dsql_migrate.revisions ORDER BY 1"


def main() -> int:
    folder = Path(tempfile.mkdtemp(prefix="dsql-migrate-demo-"))
    narrator = Narrator()
    try:
        narrator.step("Start PostgreSQL, the DSQL double and ministack")
        with World(folder) as world:
            Demo(world, narrator).run()
        narrator.step("Everything is stopped and removed")
    except Surprise as surprise:
        print(f"\nSURPRISE: this did not hold: {surprise}. Logs: {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
