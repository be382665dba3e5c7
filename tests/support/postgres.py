"""A PostgreSQL server that lives as long as a `with` block, and no longer.

    with ThrowawayPostgres() as server:
        connect(server.url())

The server is started from a copy of a cached, freshly made data directory, with
every durability setting off. A small shell owns it and waits on a pipe from this
process, so the server is stopped and its directory removed however this process
ends, SIGKILL included.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from tests.support.certificates import Certificates, make_certificates
from tests.support.simple_client import QueryFailed, Row, SimpleClient

# What makes a server quick and forgetful. Listed here, not in the template, so
# that a change needs no new template.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "dynamic_shared_memory_type": "mmap",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "listen_addresses": "127.0.0.1",
}

# The shell reads from its standard input, which is a pipe nobody writes to: the
# read ends when the process that started it ends, and then so does the server.
SUPERVISOR = """
"$@" >"$LOG" 2>&1 &
read -r _
kill -"$HOW" $! 2>/dev/null
wait $! 2>/dev/null
[ -z "$REMOVE" ] || rm -rf "$REMOVE"
"""

START_DEADLINE_S = 30
NODE_MODULES = Path(__file__).resolve().parents[2] / "build" / "node_modules"


class ThrowawayPostgres:
    """A running server; every attribute is valid between start() and stop().

    `tls` makes a certificate authority (`ca`) and a certificate for `names`, and lets
    TCP connections in only over TLS; `password` asks TCP connections for it (SCRAM).
    The unix socket always trusts. `state_dir` keeps the data there instead of
    throwing it away.
    """

    def __init__(
        self,
        *,
        tls: bool = False,
        password: str | None = None,
        settings: dict[str, str] | None = None,
        bin_dir: str | os.PathLike[str] | None = None,
        state_dir: Path | None = None,
        names: tuple[str, ...] = ("localhost", "127.0.0.1"),
    ) -> None:
        self.bin_dir = Path(bin_dir) if bin_dir else find_bin_dir()
        self.user = "postgres"
        self.host = "127.0.0.1"
        self.port = 0
        self.password = password
        self.ca: Path | None = None
        self._tls = tls
        self._names = names
        self._settings = dict(settings or {})
        self._state_dir = state_dir
        self._directory = Path()
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._databases = 0

    def __enter__(self) -> ThrowawayPostgres:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def socket_dir(self) -> str:
        return str(self._directory)

    @property
    def socket_path(self) -> str:
        return str(self._directory / f".s.PGSQL.{self.port}")

    def start(self) -> None:
        self._directory = self._make_directory()
        data = self._directory / "data"
        if not data.exists():
            shutil.copytree(_template(self.bin_dir), data, symlinks=True)
            data.chmod(0o700)
            _give_to_postgres(data)
        certificates = self._make_certificates() if self._tls else None
        (data / "pg_hba.conf").write_text(_make_hba(self._tls, self.password is not None))
        for _ in range(5):
            if self._launch(data, certificates):
                break
        else:
            raise RuntimeError(f"PostgreSQL did not start: {self.log()[-2000:]}")
        if self.password is not None:
            literal = self.password.replace("'", "''")
            self.query(f"ALTER USER postgres PASSWORD '{literal}'")

    def stop(self) -> None:
        if not self._supervisor:
            return
        assert self._supervisor.stdin
        self._supervisor.stdin.close()
        self._supervisor.wait()
        self._supervisor = None

    def url(self, database: str = "postgres") -> str:
        """A libpq URL over TCP; with the password and the CA where they are in use."""
        secret = f":{quote(self.password, safe='')}" if self.password is not None else ""
        tls = f"?sslmode=verify-full&sslrootcert={quote(str(self.ca), safe='')}" if self.ca else ""
        return f"postgresql://{self.user}{secret}@{self.host}:{self.port}/{database}{tls}"

    def create_database(self, name: str | None = None, template: str = "template1") -> str:
        """A new empty database; its name, made up unless given."""
        self._databases += 1
        name = name or f"test_{self._databases}"
        quoted = name.replace('"', '""')
        self.query(f'CREATE DATABASE "{quoted}" TEMPLATE "{template}"')
        return name

    def query(self, sql: str, database: str = "postgres") -> list[Row]:
        """Runs `sql` as the superuser over the unix socket; rows as text."""
        with SimpleClient(self.socket_path, self.user, database) as client:
            return client.query(sql)

    def log(self) -> str:
        """What the server has written to its log so far."""
        path = self._directory / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _make_directory(self) -> Path:
        if self._state_dir:
            self._state_dir.mkdir(parents=True, exist_ok=True)
            _give_to_postgres(self._state_dir)
            reach = [*_as_postgres(), "test", "-w", str(self._state_dir)]
            if subprocess.run(reach, check=False).returncode:
                raise RuntimeError(
                    f"the user postgres cannot reach {self._state_dir}: "
                    "use a directory whose parents let everybody through"
                )
            return self._state_dir
        directory = Path(tempfile.mkdtemp(prefix="throwaway-pg-", dir=_fast_directory()))
        directory.chmod(0o755)
        _give_to_postgres(directory)
        return directory

    def _make_certificates(self) -> Certificates:
        certificates = make_certificates(self._directory, list(self._names))
        _give_to_postgres(self._directory)
        self.ca = certificates.ca
        return certificates

    def _launch(self, data: Path, certificates: Certificates | None) -> bool:
        """False when the port was taken between choosing and using it."""
        self.port = free_port()
        settings = SETTINGS | {"unix_socket_directories": str(self._directory)}
        if certificates:
            settings["ssl"] = "on"
            settings["ssl_cert_file"] = str(certificates.certificate)
            settings["ssl_key_file"] = str(certificates.key)
        settings |= self._settings
        command = [str(self.bin_dir / "postgres"), "-D", str(data), "-p", str(self.port)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        (self._directory / "log").unlink(missing_ok=True)  # an earlier server's is not ours
        remove, how = ("", "INT") if self._state_dir else (str(self._directory), "QUIT")
        self._supervisor = subprocess.Popen(
            [*_as_postgres(), "/bin/sh", "-c", SUPERVISOR, "postgres", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=os.environ | {"LOG": str(self._directory / "log"), "REMOVE": remove, "HOW": how},
            start_new_session=True,
        )
        return self._wait_until_ready()

    def _wait_until_ready(self) -> bool:
        deadline = time.monotonic() + START_DEADLINE_S
        while time.monotonic() < deadline:
            try:
                self.query("SELECT 1")
                return True
            except (OSError, QueryFailed):
                time.sleep(0.01)
            if re.search(r"FATAL:  (?!the database system)", self.log()):
                break
        failure = self.log()
        assert self._supervisor and self._supervisor.stdin
        if "could not create any TCP/IP sockets" in failure and not self._state_dir:
            os.kill(self._supervisor.pid, 9)  # keeps the directory for the next try
            self._supervisor.wait()
            return False
        self.stop()
        raise RuntimeError(f"PostgreSQL did not start: {failure[-2000:]}")


def find_bin_dir() -> Path:
    """PG_BIN, else the newest Debian package, else the directory of `postgres` on PATH."""
    if os.environ.get("PG_BIN"):
        return Path(os.environ["PG_BIN"])
    found = [Path(path).parent for path in glob.glob("/usr/lib/postgresql/*/bin/initdb")]
    if found:
        return max(found, key=lambda path: float(path.parent.name))
    on_path = shutil.which("postgres")
    if on_path:
        return Path(on_path).resolve().parent
    raise RuntimeError(
        "no PostgreSQL server found: install the package 'postgresql' or set PG_BIN "
        "to the directory that holds initdb and postgres"
    )


def find_version(major: int) -> Path:
    """The programs of that version: the distribution's, else the npm package's (setup.sh)."""
    package = NODE_MODULES / f"postgres-{major}" / "native" / "bin"
    for folder in (Path(f"/usr/lib/postgresql/{major}/bin"), package):
        if (folder / "initdb").exists():
            return _reachable(folder)
    raise RuntimeError(f"no PostgreSQL {major}: run tests/support/setup.sh tools")


def _reachable(bin_dir: Path) -> Path:
    """Where the user postgres can run it: a copy when the tree is closed to that user."""
    if not subprocess.run([*_as_postgres(), "test", "-x", str(bin_dir / "postgres")]).returncode:
        return bin_dir
    name = hashlib.sha256(str(bin_dir.resolve()).encode()).hexdigest()[:8]
    copy = Path(tempfile.gettempdir()) / f"throwaway-pg-bin-{os.getuid()}-{name}"
    if not copy.exists():
        fresh = Path(tempfile.mkdtemp(prefix="throwaway-pg-bin-"))
        shutil.copytree(bin_dir.parent, fresh, symlinks=True, dirs_exist_ok=True)
        _give_to_postgres(fresh)
        with contextlib.suppress(OSError):  # another process was first
            fresh.rename(copy)
    return copy / "bin"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _make_hba(tls: bool, password: bool) -> str:
    method = "scram-sha-256" if password else "trust"
    lines = ["local all all trust"]
    if tls:
        lines.append("hostnossl all all 127.0.0.1/32 reject")
    lines.append(f"host all all 127.0.0.1/32 {method}")
    return "\n".join(lines) + "\n"


def _fast_directory() -> str:
    """Memory where there is enough of it, else the temporary directory."""
    try:
        if shutil.disk_usage("/dev/shm").free > 1 << 30 and os.access("/dev/shm", os.W_OK):
            return "/dev/shm"
    except OSError:
        pass
    return tempfile.gettempdir()


def _template(bin_dir: Path) -> Path:
    """A data directory fresh from initdb, made once for each user and server build."""
    key = hashlib.sha256(str(bin_dir.resolve()).encode()).hexdigest()[:8]
    version = subprocess.run(
        [str(bin_dir / "postgres"), "--version"], capture_output=True, text=True, check=True
    ).stdout.split()[2]
    template = Path(tempfile.gettempdir()) / f"throwaway-pg-{os.getuid()}-{version}-{key}"
    owner = _postgres_user().pw_uid if os.getuid() == 0 else os.getuid()
    if (template / "PG_VERSION").exists() and template.stat().st_uid == owner:
        return template
    fresh = Path(tempfile.mkdtemp(prefix="throwaway-pg-initdb-"))
    _give_to_postgres(fresh)
    command = [str(bin_dir / "initdb"), "-D", str(fresh), "-U", "postgres", "-A", "trust", "-N"]
    command += ["-E", "UTF8", "--locale=C", "--wal-segsize=4"]
    done = subprocess.run(
        [*_as_postgres(), *command], capture_output=True, text=True, cwd="/", check=False
    )
    if done.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        raise RuntimeError(f"initdb failed: {done.stderr.strip()}")
    try:
        fresh.rename(template)
    except OSError:  # another process was first
        shutil.rmtree(fresh, ignore_errors=True)
    return template


def _postgres_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise RuntimeError(
            "PostgreSQL does not run as root, and there is no user 'postgres' to run it as"
        ) from None


def _as_postgres() -> list[str]:
    if os.getuid() != 0:
        return []
    user = _postgres_user()
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _give_to_postgres(directory: Path) -> None:
    if os.getuid() != 0:
        return
    user = _postgres_user()
    for path in [directory, *directory.rglob("*")]:
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
