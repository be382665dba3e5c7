"""`make examples`: the README's CDK and Terraform examples, as their own tools see them.

`cdk synth` and cfn-lint over what it gives; `terraform validate` and `fmt` where there is a terraform
that can get its AWS provider. Nothing is deployed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.deploy import PACKAGE, TOP

MODULES = TOP / "build" / "examples" / "node_modules"
VENV = TOP / "build" / "venv" / "bin"
PUBLISHED = "dsql-migrate-x86_64.zip"  # its name in the README; the examples do not look into it
# The CDK's own: it makes a function wait for its role, which the function names anyway.
CDK_HABITS = ["--ignore-checks", "W3005", "--"]


def readme_example(language: str) -> str:
    [text] = re.findall(rf"^```{language}\n(.*?)^```$", (TOP / "README.md").read_text(), re.M | re.S)
    return text


def run(folder: Path, *command: str) -> None:
    print("$", " ".join(command), flush=True)
    environment = os.environ | {"PATH": f"{VENV}:{os.environ['PATH']}", "CI": "true"}
    if subprocess.run(command, cwd=folder, env=environment).returncode != 0:
        sys.exit(f"examples: `{command[0]} ...` failed, see above")


def check_cdk(folder: Path) -> None:
    (folder / "app.js").write_text(readme_example("js"))
    (folder / "node_modules").symlink_to(MODULES)
    cdk = str(MODULES / "aws-cdk" / "bin" / "cdk")
    quiet = ["--quiet", "--no-version-reporting", "--no-notices"]
    run(folder, "node", cdk, "synth", "--app", "node app.js", *quiet)
    run(folder, "cfn-lint", *CDK_HABITS, *map(str, (folder / "cdk.out").glob("*.template.json")))


def check_terraform(folder: Path) -> None:
    if not shutil.which("terraform"):
        print("no terraform here: its example was not looked at")
        return
    (folder / "main.tf").write_text(readme_example("hcl"))
    run(folder, "terraform", "fmt", "-check", "-diff")
    run(folder, "terraform", "init", "-input=false", "-no-color")  # needs its registry
    run(folder, "terraform", "validate", "-no-color")


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        for check in (check_cdk, check_terraform):
            folder = Path(name, check.__name__)
            folder.mkdir()
            shutil.copy(PACKAGE, folder / PUBLISHED)
            check(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
