"""The control port: HTTP with JSON on 127.0.0.1, for processes that are not Python.

GET    /settings                 the settings that can be changed
POST   /settings  {"latency": 0.01}
GET    /faults                   each with how often it was seen and fired
POST   /faults    {"kind": "cut_after", "match": "commit"}   answers with its number
POST   /faults/NUMBER  {"pid": 4711}   whom a fault with "kill" kills
DELETE /faults                   or /faults/NUMBER
GET    /journal                  or /journal?since=NUMBER
DELETE /journal
GET    /token?user=admin&expires=900
POST   /cut                      ends all sessions at once
POST   /reset                    an empty cluster again
"""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.dsql.auth import make_token
from tests.dsql.cluster import Cluster

MAX_BODY = 1 << 20


class BadRequest(Exception):
    """Answered with 400 and its text."""


async def start_control(cluster: Cluster, port: int) -> asyncio.Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            status, answer = await _serve_one(cluster, reader)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
            writer.transport.abort()
            return
        body = json.dumps(answer).encode()
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
        head += f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", port)


async def _serve_one(cluster: Cluster, reader: asyncio.StreamReader) -> tuple[str, Any]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    lines = head.split("\r\n")
    size = 0
    for line in lines[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "content-length" and value.strip().isdigit():
            size = int(value)
    try:
        method, target, _ = lines[0].split(" ", 2)
        if size > MAX_BODY:
            raise BadRequest("the body is too large")
        body = await reader.readexactly(size)
        return "200 OK", await _answer(cluster, method, target, body)
    except (BadRequest, ValueError) as error:
        return "400 Bad Request", {"error": str(error)}


async def _answer(cluster: Cluster, method: str, target: str, body: bytes) -> Any:
    url = urlsplit(target)
    query = dict(parse_qsl(url.query))
    parts = url.path.strip("/").split("/")
    match [method, *parts]:
        case ["GET", "settings"]:
            return cluster.settings.as_dict()
        case ["POST", "settings"]:
            cluster.settings.change(_parse_object(body))
            return cluster.settings.as_dict()
        case ["GET", "faults"]:
            return [fault.as_dict() for fault in cluster.faults.all()]
        case ["POST", "faults"]:
            values = _parse_object(body)
            return cluster.faults.add(str(values.pop("kind", "")), **values).as_dict()
        case ["POST", "faults", number]:
            cluster.faults.set_pid(int(number), _parse_pid(body))
            return {}
        case ["DELETE", "faults"]:
            cluster.faults.clear()
            return {}
        case ["DELETE", "faults", number]:
            cluster.faults.remove(int(number))
            return {}
        case ["GET", "journal"]:
            return cluster.journal.as_dicts(int(query.get("since", "0")))
        case ["DELETE", "journal"]:
            cluster.journal.clear()
            return {}
        case ["GET", "token"]:
            return {"token": _make_token(cluster, query)}
        case ["POST", "cut"]:
            cluster.cut_all()
            return {}
        case ["POST", "reset"]:
            await cluster.reset()
            return {}
    raise BadRequest(f"no such thing: {method} {url.path}")


def _parse_object(body: bytes) -> dict[str, Any]:
    value = json.loads(body or b"{}")
    if not isinstance(value, dict):
        raise BadRequest("the body must be a JSON object")
    return value


def _parse_pid(body: bytes) -> int:
    pid = _parse_object(body).get("pid")
    if not isinstance(pid, int):
        raise BadRequest("pid must be a number")
    return pid


def _make_token(cluster: Cluster, query: dict[str, str]) -> str:
    settings = cluster.settings
    return make_token(
        settings.host_name,
        settings.keys[0],
        user=query.get("user", "admin"),
        expires=int(query.get("expires", "900")),
    )
