"""The token's judge: AWS's own signer passes, everything altered is refused."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from urllib.parse import quote

import botocore.session
import pytest

from tests.dsql.auth import ACCESS_DENIED, Denied, check_token, make_token
from tests.dsql.client import Client, RefusedAtConnect
from tests.dsql.conftest import Connect
from tests.dsql.double import Double
from tests.dsql.refusal import Refused
from tests.dsql.settings import DEFAULT_HOST, DEFAULT_KEY, Key

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=timezone.utc)
SESSION = "IQoJb3JpZ2luX2VjEXAMPLE/token+with/special=="
WITH_SESSION = Key(DEFAULT_KEY.access_key, DEFAULT_KEY.secret, SESSION)

# Made with @aws-sdk/dsql-signer 3.1142.0 for DEFAULT_HOST and DEFAULT_KEY at NOW.
VECTORS = [
    ("admin", 900, None, "9ba895e0a785d1de39cfaa4151734b984a74cd5408e43d4c2ca75abbf58b8b4c"),
    ("app", 900, None, "f127449b8c701dea750e07c9fef5d6718cca31b9008b3aafeff5215fe2501417"),
    ("admin", 3600, None, "de598b96b8846d12796666ec21151a7f3d9bef9a318ed11b98d46f07ae0cd733"),
    ("app", 3600, None, "2efe8b6b847cc05bef7000b8c6100ff71de76b6f5ff6ae8ad9418c6025eb9ffa"),
    ("admin", 604800, None, "ea9e359f3ab2b393311223b7a7472836b5cda0111a86758354535da73c10d148"),
    ("app", 604800, None, "8a0e17f87019de688023a0811bb5b909d6b7c9403f733113102714a15d7fb1b9"),
    ("admin", 900, SESSION, "370568dca69876c315fcea947627744092f237e889fcc1522cb46dca1d00cf9c"),
    ("app", 900, SESSION, "5b23a24de2133653e09c12217048af980f57e6bae762e3f116aec2fe748898c1"),
]


def botocore_token(host: str, user: str, key: Key = DEFAULT_KEY, expires: int = 900) -> str:
    session = botocore.session.Session()
    client = session.create_client(
        "dsql",
        region_name="us-east-1",
        aws_access_key_id=key.access_key,
        aws_secret_access_key=key.secret,
        aws_session_token=key.session_token,
    )
    action = "connect_admin" if user == "admin" else "connect"
    token = getattr(client, f"generate_db_{action}_auth_token")(host, "us-east-1", expires)
    assert isinstance(token, str)
    return token


def check(token: str, user: str = "admin", key: Key = DEFAULT_KEY, now: datetime = NOW) -> None:
    check_token(token, user, DEFAULT_HOST, (key,), now)


@pytest.mark.parametrize(("user", "expires", "session", "signature"), VECTORS)
def test_signatures_are_those_of_the_javascript_signer(
    user: str, expires: int, session: str | None, signature: str
) -> None:
    key = Key(DEFAULT_KEY.access_key, DEFAULT_KEY.secret, session)
    token = make_token(DEFAULT_HOST, key, user=user, when=NOW, expires=expires)
    assert f"X-Amz-Signature={signature}" in token
    check(token, user, key)


@pytest.mark.parametrize("user", ["admin", "app"])
@pytest.mark.parametrize("key", [DEFAULT_KEY, WITH_SESSION], ids=["key", "session"])
def test_botocores_tokens_are_accepted(user: str, key: Key) -> None:
    token = botocore_token(DEFAULT_HOST, user, key)
    check(token, user, key, datetime.now(timezone.utc))


def test_the_order_of_parameters_and_the_slash_do_not_matter() -> None:
    host, _, query = make_token(DEFAULT_HOST, WITH_SESSION, when=NOW).partition("/?")
    pairs = sorted(query.split("&"), reverse=True)
    check(f"{host}?{'&'.join(pairs)}", key=WITH_SESSION)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"X-Amz-Signature": "0" * 64}, "the signature does not match"),
        ({"X-Amz-Signature": ""}, "the signature does not match"),
        ({"X-Amz-Expires": "901"}, "the signature does not match"),
        ({"Action": "DbConnect"}, "the signature does not match"),
        ({"Extra": "1"}, "the signature does not match"),
        ({"X-Amz-SignedHeaders": "host;x"}, "exactly the host header must be signed"),
        ({"X-Amz-Algorithm": "AWS4"}, "not a SigV4 token"),
        ({"X-Amz-Credential": "AKIDEXAMPLE"}, "malformed credential scope"),
        (
            {"X-Amz-Credential": "OTHER/20261121/us-east-1/dsql/aws4_request"},
            "unknown access key",
        ),
        (
            {"X-Amz-Credential": "AKIDEXAMPLE/20261121/eu-west-1/dsql/aws4_request"},
            "the token is for another region",
        ),
        (
            {"X-Amz-Credential": "AKIDEXAMPLE/20261121/us-east-1/s3/aws4_request"},
            "malformed credential scope",
        ),
        (
            {"X-Amz-Credential": "AKIDEXAMPLE/20261120/us-east-1/dsql/aws4_request"},
            "the scope's date is not the token's",
        ),
        ({"X-Amz-Security-Token": "x"}, "the session token does not belong to the key"),
    ],
)
def test_an_altered_token_is_denied(change: dict[str, str], reason: str) -> None:
    host, _, query = make_token(DEFAULT_HOST, DEFAULT_KEY, when=NOW).partition("/?")
    pairs = dict(pair.split("=", 1) for pair in query.split("&"))
    pairs |= {name: quote(value, safe="") for name, value in change.items()}
    with pytest.raises(Denied) as denied:
        check(f"{host}/?" + "&".join(f"{k}={v}" for k, v in pairs.items()))
    assert (denied.value.reason, denied.value.message) == (reason, ACCESS_DENIED)


@pytest.mark.parametrize("token", ["", "secret", "host/?", f"{DEFAULT_HOST}/?a=1&a=2"])
def test_what_is_not_a_token_is_denied(token: str) -> None:
    with pytest.raises(Denied):
        check(token)


def test_a_wrong_secret_is_denied() -> None:
    token = make_token(DEFAULT_HOST, Key(DEFAULT_KEY.access_key, "wrong"), when=NOW)
    with pytest.raises(Denied) as denied:
        check(token)
    assert denied.value.reason == "the signature does not match"


def test_a_token_for_another_cluster_is_denied() -> None:
    with pytest.raises(Denied) as denied:
        check(make_token("z" * 26 + ".dsql.us-east-1.on.aws", DEFAULT_KEY, when=NOW))
    assert denied.value.reason == "the token is for another host"


@pytest.mark.parametrize("seconds", [0, 899, 900, -299])
def test_a_token_is_good_until_it_expires(seconds: int) -> None:
    token = make_token(DEFAULT_HOST, DEFAULT_KEY, when=NOW)
    check(token, now=NOW + timedelta(seconds=seconds))


def test_an_expired_token_is_denied_with_a_hint() -> None:
    token = make_token(DEFAULT_HOST, DEFAULT_KEY, when=NOW)
    with pytest.raises(Denied) as denied:
        check(token, now=NOW + timedelta(seconds=901))
    hint = "Signature expired: 20261121T121500Z is now earlier than 20261121T121501Z"
    assert (denied.value.message, denied.value.hint) == (ACCESS_DENIED, hint)


def test_a_token_from_the_future_is_denied() -> None:
    token = make_token(DEFAULT_HOST, DEFAULT_KEY, when=NOW)
    with pytest.raises(Denied) as denied:
        check(token, now=NOW - timedelta(minutes=6))
    assert (denied.value.hint or "").startswith("Signature not yet current: ")


@pytest.mark.parametrize("expires", [0, -1, 604801])
def test_an_expiry_out_of_range_is_denied(expires: int) -> None:
    with pytest.raises(Denied):
        check(make_token(DEFAULT_HOST, DEFAULT_KEY, when=NOW, expires=expires))


@pytest.mark.parametrize(("user", "action"), [("admin", "DbConnect"), ("app", "DbConnectAdmin")])
def test_the_action_must_fit_the_user(user: str, action: str) -> None:
    signer = "app" if user == "admin" else "admin"
    token = make_token(DEFAULT_HOST, DEFAULT_KEY, user=signer, when=NOW)
    with pytest.raises(Refused) as refused:
        check(token, user)
    assert refused.value.message == f"Wrong user to action mapping. user: {user}, action: {action}"


def test_the_secret_is_in_no_repr() -> None:
    assert WITH_SESSION.secret not in repr(WITH_SESSION)
    assert SESSION not in repr(WITH_SESSION)


# Over a connection -------------------------------------------------------------------


def refusal(connect: Connect, **changes: object) -> str:
    with pytest.raises(RefusedAtConnect) as refused:
        connect(**changes)
    return str(refused.value)


def test_botocores_admin_token_opens_a_session(double: Double, connect: Connect) -> None:
    db = connect(password=botocore_token(double.host_name, "admin"))
    assert db("SELECT current_user").value == "admin"


def test_a_bad_token_is_refused(connect: Connect) -> None:
    assert "FATAL:  unable to accept connection, access denied" in refusal(connect, password="x")


def test_an_expired_token_is_refused_with_its_hint(double: Double, connect: Connect) -> None:
    old = datetime.now(timezone.utc) - timedelta(hours=1)
    text = refusal(connect, password=double.token(when=old))
    assert "FATAL:  unable to accept connection, access denied" in text
    assert "HINT:  Signature expired: " in text


def test_the_clock_can_be_moved(double: Double, connect: Connect) -> None:
    double.settings.clock_offset = 901.0
    assert "Signature expired" in refusal(connect)


def test_the_wrong_action_is_refused(double: Double, connect: Connect) -> None:
    text = refusal(connect, password=double.token("app"))
    assert "FATAL:  Wrong user to action mapping. user: admin, action: DbConnect" in text


def test_a_role_needs_a_mapping_to_log_in(double: Double, connect: Connect, db: Client) -> None:
    failed = 'FATAL:  IAM authentication failed for user "app"'
    assert failed in refusal(connect, user="app", password=double.token("app"))
    db("CREATE ROLE app WITH LOGIN")
    assert failed in refusal(connect, user="app", password=double.token("app"))
    db("AWS IAM GRANT app TO 'arn:aws:iam::123456789012:role/app'")
    app = connect("app")
    assert app("SELECT current_user").value == "app"
    assert db("DROP ROLE app").sqlstate == "2BP01"
    db("AWS IAM REVOKE app FROM 'arn:aws:iam::123456789012:role/app'")
    assert failed in refusal(connect, user="app", password=double.token("app"))
    app.close()
    assert db("DROP ROLE app").tag == "DROP ROLE"


def test_the_mapping_is_listed(db: Client) -> None:
    db('CREATE ROLE "App" WITH LOGIN')
    assert db("AWS IAM GRANT \"App\" TO 'arn:x'").error == ("", "")
    answer = db("SELECT arn, pg_role_name FROM sys.iam_pg_role_mappings")
    assert answer.rows == (("arn:x", "App"),)


def test_only_admin_creates_in_public(connect: Connect, db: Client) -> None:
    db("CREATE ROLE app WITH LOGIN")
    db("AWS IAM GRANT app TO 'arn:x'")
    db("CREATE SCHEMA own")
    db("GRANT USAGE, CREATE ON SCHEMA own TO app")
    app = connect("app")
    assert app("CREATE TABLE t (id int)").sqlstate == "42501"
    assert app("CREATE TABLE own.t (id int)").tag == "CREATE TABLE"
    assert app.job("CREATE INDEX ASYNC ON own.t (id)")
    message = ("42501", "permission denied to grant IAM trust with role")
    assert app("AWS IAM GRANT app TO 'arn:y'").error == message


def test_no_token_is_ever_in_the_journal(double: Double, connect: Connect) -> None:
    token = double.token()
    connect(password=token)("SELECT 1")
    refusal(connect, password=token + "x")
    assert token not in repr(double.journal())
    assert "X-Amz" not in repr(double.journal())


def test_a_roles_password_is_not_in_the_journal(double: Double, db: Client) -> None:
    assert db("CREATE ROLE r PASSWORD 'hush'").sqlstate == "0A000"
    assert db("ALTER ROLE r PASSWORD 'hush'").sqlstate == "0A000"
    assert "hush" not in repr(double.journal())
