"""The way in: TLS, server name, startup parameters, and the connection's end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.dsql import wire
from tests.dsql.client import Client, ConnectionLost, RefusedAtConnect
from tests.dsql.conftest import Connect
from tests.dsql.double import Double
from tests.dsql.tls import DelayedReader
from tests.support.certificates import make_certificates


def refusal(connect: Connect, **changes: object) -> str:
    with pytest.raises(RefusedAtConnect) as refused:
        connect(**changes)
    return str(refused.value)


def test_verify_full_with_the_doubles_ca(db: Client) -> None:
    assert db("SELECT 1").value == "1"


def test_direct_tls_without_a_request_for_it(connect: Connect) -> None:
    assert connect(sslnegotiation="direct")("SELECT 1").value == "1"


def test_another_ca_is_not_trusted(connect: Connect, tmp_path: Path) -> None:
    other = make_certificates(tmp_path, ["localhost"])
    assert "certificate verify failed" in refusal(connect, sslrootcert=str(other.ca))


def test_plaintext_is_refused(connect: Connect) -> None:
    assert "FATAL:  unable to accept connection" in refusal(connect, sslmode="disable")


def test_a_missing_server_name_is_refused(connect: Connect) -> None:
    text = refusal(connect, sslsni="0", sslmode="require")
    assert "FATAL:  unable to accept connection, sni was not received" in text


def test_a_token_for_another_name_than_the_server_name_is_refused(connect: Connect) -> None:
    text = refusal(connect, host="localhost")
    assert "FATAL:  unable to accept connection, access denied" in text


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize(
    ("version", "works"), [(ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True)]
)
def test_tls_is_at_least_1_2(double: Double, version: ssl.TLSVersion, works: bool) -> None:
    context = ssl.create_default_context(cafile=str(double.ca))
    context.set_ciphers("ALL:@SECLEVEL=0")  # or OpenSSL would refuse 1.1 on our side
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = version
    with socket.create_connection((double.host, double.port)) as plain:
        plain.sendall(struct.pack("!II", 8, wire.SSL_REQUEST))
        assert plain.recv(1) == b"S"
        try:
            context.wrap_socket(plain, server_hostname=double.host_name).close()
            worked = True
        except ssl.SSLError:
            worked = False
    assert worked == works


def test_gss_encryption_is_declined_before_tls(double: Double) -> None:
    with socket.create_connection((double.host, double.port)) as plain:
        plain.sendall(struct.pack("!II", 8, wire.GSS_REQUEST))
        assert plain.recv(1) == b"N"
        plain.sendall(struct.pack("!II", 8, wire.SSL_REQUEST))
        assert plain.recv(1) == b"S"


def test_rubbish_ends_only_its_own_connection(double: Double, db: Client) -> None:
    for data in (b"GET / HTTP/1.0\r\n\r\n", b"\x16rubbish", b"\0\0", struct.pack("!II", 8, 1)):
        with socket.create_connection((double.host, double.port)) as plain:
            plain.sendall(data)
            plain.shutdown(socket.SHUT_WR)
            while plain.recv(1000):
                pass
    assert db("SELECT 1").value == "1"


def test_only_the_database_postgres_is_there(connect: Connect) -> None:
    assert 'FATAL:  database "other" does not exist' in refusal(connect, dbname="other")


@pytest.mark.parametrize("name", ["statement_timeout", "lock_timeout", "row_security"])
def test_a_setting_that_is_not_allowed_is_fatal_at_startup(connect: Connect, name: str) -> None:
    text = refusal(connect, options=f"-c {name}=0")
    assert f'FATAL:  setting configuration parameter "{name}" not supported' in text


def test_allowed_settings_take_effect_at_startup(connect: Connect) -> None:
    db = connect(
        options="-c search_path=pg_catalog -c TimeZone=Europe/Berlin --enable-hashjoin=off",
        application_name="a name",
    )
    assert db("SHOW search_path").value == "pg_catalog"
    assert db("SHOW timezone").value == "Europe/Berlin"
    assert db("SHOW enable_hashjoin").value == "off"
    assert db("SHOW application_name").value == "a name"


def test_quotation_marks_in_options_are_part_of_the_value(connect: Connect) -> None:
    db = connect(options='-c search_path="My\\ App",#x')
    assert db("SHOW search_path").value == '"My App",#x'


def test_a_private_endpoint_names_its_cluster_in_options(double: Double, connect: Connect) -> None:
    """The token is then signed for the cluster's public name, whatever name was dialled."""
    name = "abcdefghijklmnopqrstuvwxyz"
    assert double.host_name.startswith(name)
    options = f"-c amzn-cluster-id={name}"
    db = connect(host="localhost", options=options)
    assert db("SELECT 1").value == "1"
    other = f"-c amzn-cluster-id={'z' * 26}"
    assert "access denied" in refusal(connect, host="localhost", options=other)


def test_a_connection_has_a_life_span(double: Double, connect: Connect) -> None:
    double.settings.connection_life = 0.05
    db = connect()
    with pytest.raises(ConnectionLost):
        while True:
            db("SELECT pg_sleep(0.01)")


def test_a_message_that_is_too_long_ends_the_connection(double: Double, db: Client) -> None:
    double.settings.message_bytes = 1000
    assert db("SELECT 1").value == "1"  # the limit is read once a message
    with contextlib.suppress(ConnectionLost):  # the FATAL before the end may get lost
        answer = db("SELECT '" + "x" * 2000 + "'")
        assert answer.error == ("08P01", "invalid message length")
    with pytest.raises(ConnectionLost):
        db("SELECT 1")


def test_many_connections_at_once(double: Double, connect: Connect) -> None:
    clients = [connect() for _ in range(40)]
    for number, client in enumerate(clients):
        client.send(f"SELECT {number}")
    for number, client in enumerate(clients):
        assert client.receive()[0].value == str(number)
    assert len({entry.session for entry in double.journal() if entry.event == "statement"}) == 40


def test_concurrent_inserts_all_arrive(db: Client, connect: Connect) -> None:
    db("CREATE TABLE t (id int PRIMARY KEY, by int)")
    clients = [connect() for _ in range(8)]
    for first in range(0, 160, 8):
        for number, client in enumerate(clients):
            client.send(f"INSERT INTO t VALUES ({first + number}, {number})")
        for client in clients:
            assert client.receive()[0].tag == "INSERT 0 1"
    assert db("SELECT count(*), count(DISTINCT by) FROM t").rows == (("160", "8"),)


def test_what_arrives_together_is_delayed_together(monkeypatch: pytest.MonkeyPatch) -> None:
    async def read_late() -> tuple[list[float], bytes]:
        reader = DelayedReader(0.5)
        delays: list[float] = []
        waiting: list[Callable[[], None]] = []

        def call_later(delay: float, callback: Callable[[], None]) -> None:
            delays.append(delay)
            waiting.append(callback)

        monkeypatch.setattr(asyncio.get_running_loop(), "call_later", call_later)
        for part in (b"one", b"two"):
            reader.feed_data(part)
        reader.feed_eof()
        monkeypatch.undo()
        for callback in waiting:
            callback()
        return delays, await reader.read()

    assert asyncio.run(read_late()) == ([0.5, 0.5, 0.5], b"onetwo")
