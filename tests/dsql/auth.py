"""The IAM token that Aurora DSQL takes as a password, judged as its server would.

A token is a SigV4 presigned GET of https://HOST/?Action=... without the scheme.
The signature is computed again here, from the published algorithm alone ("Signature
Version 4 signing process", AWS General Reference), so that a signer under test and
its judge share no code.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, quote

from tests.dsql.refusal import Refused
from tests.dsql.settings import Key

ACCESS_DENIED = "unable to accept connection, access denied"
EMPTY_BODY = hashlib.sha256(b"").hexdigest()
MAX_EXPIRES = 604800
CLOCK_SKEW = timedelta(minutes=5)
TIME_FORMAT = "%Y%m%dT%H%M%SZ"
REGION = re.compile(r"\.dsql[^.]*\.([^.]+)\.on\.aws$")
# No source gives the SQLSTATE of a refused connection; this is PostgreSQL's own
# invalid_authorization_specification.
SQLSTATE = "28000"


class Denied(Refused):
    """The one message every bad token gets; `reason` is for the journal only."""

    def __init__(self, reason: str, hint: str | None = None) -> None:
        super().__init__(ACCESS_DENIED, SQLSTATE, hint=hint)
        self.reason = reason


def check_token(token: str, user: str, host: str, keys: tuple[Key, ...], now: datetime) -> None:
    """Returns when `token` lets `user` in at `host`; raises Denied or Refused."""
    named, query = _split(token)
    if named != host.lower():
        raise Denied("the token is for another host")
    if query.get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256":
        raise Denied("not a SigV4 token")
    if query.get("X-Amz-SignedHeaders") != "host":
        raise Denied("exactly the host header must be signed")
    key, scope = _find_key(query, host, keys)
    given = query.pop("X-Amz-Signature", "")
    wanted = sign(named, query, key.secret, scope)
    if not hmac.compare_digest(given, wanted):
        raise Denied("the signature does not match")
    _check_time(query, now)
    _check_action(query.get("Action", ""), user)


def sign(host: str, query: dict[str, str], secret: str, scope: list[str]) -> str:
    """The hex signature over `query` without X-Amz-Signature; `scope` is date, region, service."""
    pairs = sorted((quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in query.items())
    canonical_query = "&".join(f"{k}={v}" for k, v in pairs)
    canonical = f"GET\n/\n{canonical_query}\nhost:{host}\n\nhost\n{EMPTY_BODY}"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join(
        ["AWS4-HMAC-SHA256", query["X-Amz-Date"], "/".join([*scope, "aws4_request"]), digest]
    )
    key = ("AWS4" + secret).encode()
    for part in [*scope, "aws4_request"]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


def make_token(
    host: str, key: Key, *, user: str = "admin", when: datetime | None = None, expires: int = 900
) -> str:
    """A token of our own making, for the double's users; its tests use botocore's."""
    when = when or datetime.now(timezone.utc)
    scope = [when.strftime("%Y%m%d"), region_of(host), "dsql"]
    query = {
        "Action": "DbConnectAdmin" if user == "admin" else "DbConnect",
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": "/".join([key.access_key, *scope, "aws4_request"]),
        "X-Amz-Date": when.strftime(TIME_FORMAT),
        "X-Amz-Expires": str(expires),
        "X-Amz-SignedHeaders": "host",
    }
    if key.session_token:
        query["X-Amz-Security-Token"] = key.session_token
    query["X-Amz-Signature"] = sign(host, query, key.secret, scope)
    return f"{host}/?" + "&".join(f"{k}={quote(v, safe='-_.~')}" for k, v in query.items())


def region_of(host: str) -> str:
    found = REGION.search(host.lower())
    return found.group(1) if found else "us-east-1"


def _split(token: str) -> tuple[str, dict[str, str]]:
    """Host and query; AWS's Go signer leaves out the slash between them."""
    address, mark, text = token.partition("?")
    pairs = parse_qsl(text, keep_blank_values=True)
    if not mark or len({name for name, _ in pairs}) != len(pairs):
        raise Denied("not a token")
    return address.removesuffix("/").lower(), dict(pairs)


def _find_key(query: dict[str, str], host: str, keys: tuple[Key, ...]) -> tuple[Key, list[str]]:
    parts = query.get("X-Amz-Credential", "").split("/")
    if len(parts) != 5 or parts[3:] != ["dsql", "aws4_request"]:
        raise Denied("malformed credential scope")
    if parts[2] != region_of(host):
        raise Denied("the token is for another region")
    if parts[1] != query.get("X-Amz-Date", "")[:8]:
        raise Denied("the scope's date is not the token's")
    for key in keys:
        if key.access_key == parts[0]:
            if query.get("X-Amz-Security-Token") != key.session_token:
                raise Denied("the session token does not belong to the key")
            return key, parts[1:4]
    raise Denied("unknown access key")


def _check_time(query: dict[str, str], now: datetime) -> None:
    try:
        made = datetime.strptime(query["X-Amz-Date"], TIME_FORMAT).replace(tzinfo=timezone.utc)
        expires = int(query["X-Amz-Expires"])
    except (KeyError, ValueError):
        raise Denied("malformed date or expiry") from None
    if not 0 < expires <= MAX_EXPIRES:
        raise Denied("the expiry is out of range")
    stamp = now.strftime(TIME_FORMAT)
    if made > now + CLOCK_SKEW:
        late = f"{made.strftime(TIME_FORMAT)} is still later than {stamp}"
        raise Denied("not valid yet", f"Signature not yet current: {late}")
    end = made + timedelta(seconds=expires)
    if now > end:
        gone = f"{end.strftime(TIME_FORMAT)} is now earlier than {stamp}"
        raise Denied("expired", f"Signature expired: {gone}")


def _check_action(action: str, user: str) -> None:
    if action not in ("DbConnect", "DbConnectAdmin"):
        raise Denied("unknown action")
    if (user == "admin") != (action == "DbConnectAdmin"):
        raise Refused(f"Wrong user to action mapping. user: {user}, action: {action}", SQLSTATE)
