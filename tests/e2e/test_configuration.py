"""aurora.hcl, atlas.hcl and Flyway's files: one deployment, several environments."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from tests.dsql.double import Double
from tests.support.command_line import Outcome, credentials, run_event, user_tables, write_files
from tests.support.world import World

# Two clusters' worth: the DSQL double and a plain PostgreSQL, each with files of its own.
HCL = """
variable "port" {{
  type = int
}}
data "aws_dsql_token" "dev" {{
  username = "admin"
  endpoint = "{host}"
  region   = "us-east-1"
}}
data "aws_dsql_token" "elsewhere" {{
  username = "admin"
  endpoint = file("not/there")
  region   = "us-east-1"
}}
env "dev" {{
  url = "postgres://admin:${{urlescape(data.aws_dsql_token.dev)}}@{host}:${{var.port}}/postgres?sslmode=require&{parameters}"
  migration {{
    dir = "file://migrations"
  }}
}}
env "qa" {{
  url = "{postgres}"
  migration {{
    dir     = "file://qa"
    tx_mode = none
  }}
}}
"""


def write_project(folder: Path, world: World) -> None:
    double = world.double
    parameters = f"hostaddr={double.host}&sslrootcert={quote(str(double.ca))}"
    write_files(
        folder,
        {
            "atlas.hcl": HCL.format(
                host=double.host_name, parameters=parameters, postgres=world.postgres.url(world.postgres.create_database()) + "?sslmode=disable"
            ),
            "migrations/1_a.sql": "CREATE TABLE of_dev (id bigint PRIMARY KEY);",
            "qa/1_a.sql": "CREATE TABLE of_qa (id bigint PRIMARY KEY);",
        },
    )


def run_env(folder: Path, double: Double, env: str, **more: object) -> Outcome:
    settings = {
        "MIGRATE_CONFIG": f"file://{folder}/atlas.hcl",
        "MIGRATE_SOURCE": "file:///of/the/deployment/",
        "MIGRATE_TARGET": "postgres://nobody@nowhere/none",
    }
    variables = {"port": double.port}
    event = {"env": env, "variables": variables} | more
    return run_event(event, credentials(double) | settings)


def test_two_environments_of_one_deployment_migrate_two_databases(
    world: World, tmp_path: Path
) -> None:
    write_project(tmp_path, world)
    dev = run_env(tmp_path, world.double, "dev")
    assert dev.status == "APPLIED", dev.answer
    assert dev.answer["target"].startswith(f"dsql://admin@{world.double.host_name}")
    assert user_tables(world.double) == ["public.of_dev"]
    planned = run_env(tmp_path, world.double, "qa", command="plan", ledgerSchema="of_qa")
    assert planned.status == "PLANNED", planned.answer
    assert planned.answer["plan"][0]["statements"][0]["sql"].startswith("CREATE TABLE of_qa")
    assert "AWSAccessKey" not in dev.text() and "X-Amz" not in dev.text()


def test_a_fault_in_the_file_is_shown_with_its_place(world: World, tmp_path: Path) -> None:
    write_project(tmp_path, world)
    wrong = run_env(tmp_path, world.double, "dev", variables={})
    assert wrong.status == "INVALID"
    assert "atlas.hcl:16:" in wrong.problem["message"]
    unknown = run_env(tmp_path, world.double, "prod")
    assert (unknown.status, unknown.problem["hint"]) == ("INVALID", "there are: dev, qa")


TENANTS = """
locals {{
  url = "dsql://admin@{host}:{port}/postgres?{parameters}&search_path="
}}
env "north" {{
  url = "${{local.url}}north"
  migration {{
    dir = "file://sql"
  }}
}}
env "south" {{
  url = "${{local.url}}%22South%22"
  migration {{
    dir = "file://sql"
  }}
}}
"""


def test_two_schemas_of_one_cluster_have_a_ledger_each(double: Double, tmp_path: Path) -> None:
    parameters = f"hostaddr={double.host}&sslrootcert={quote(str(double.ca))}"
    hcl = TENANTS.format(host=double.host_name, port=double.port, parameters=parameters)
    files = {"atlas.hcl": hcl, "sql/1_a.sql": "CREATE TABLE a (id bigint PRIMARY KEY);"}
    write_files(tmp_path, files)
    for schema in ('"South"', "north"):
        double.query(f"CREATE SCHEMA {schema} AUTHORIZATION admin")
    for status in ("APPLIED", "UP_TO_DATE"):
        for env in ("north", "south"):
            event = {"env": env, "config": f"file://{tmp_path}/atlas.hcl"}
            done = run_event(event, credentials(double))
            assert done.status == status, done.answer
            ledger = {"north": "dsql_migrate_north", "south": "dsql_migrate_South"}[env]
            assert f'"ledger":"{ledger}"' in done.log
    assert user_tables(double) == ["South.a", "north.a"]


def test_flyways_default_schema_has_its_own_ledger_as_it_has_its_own_table(
    world: World, tmp_path: Path
) -> None:
    postgres = world.postgres
    database = postgres.create_database()
    url = f"jdbc:postgresql://{postgres.host}:{postgres.port}/{database}?sslmode=disable"
    write_files(tmp_path, {"sql/V1__a.sql": "CREATE TABLE a (id bigint);"})

    def migrate(schema: str, **more: object) -> Outcome:
        lines = f"flyway.url={url}\nflyway.user={postgres.user}\nflyway.schemas={schema}\n"
        write_files(tmp_path, {"flyway.conf": lines + "flyway.locations=filesystem:sql\n"})
        postgres.query(f"CREATE SCHEMA IF NOT EXISTS {schema}", database)
        return run_event({"config": f"file://{tmp_path}/flyway.conf"} | more, {})

    assert migrate("shop", ledgerSchema="dsql_migrate").status == "APPLIED", "as it was earlier"
    refused = migrate("shop")
    assert (refused.status, refused.problem["code"]) == ("INVALID", "earlier-ledger")
    postgres.query("ALTER SCHEMA dsql_migrate RENAME TO dsql_migrate_shop", database)
    assert migrate("shop").status == "UP_TO_DATE"
    assert migrate("office").status == "APPLIED"
    assert migrate("office").status == "UP_TO_DATE"
    tables = postgres.query("SELECT schemaname FROM pg_tables WHERE tablename = 'a'", database)
    assert sorted(tables) == [("office",), ("shop",)]
