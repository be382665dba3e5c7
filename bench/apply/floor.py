"""What the statements alone cost: a client that does nothing but send them.

Each in a transaction of its own, as extended queries with a Sync each, all sent before the first
answer, over TLS, without delay. No ledger, no lock, no check; connecting is not counted.
"""

from __future__ import annotations

import select
import time
from typing import Any

from psycopg import pq


def time_statements(arguments: dict[str, Any], statements: list[str]) -> float:
    """Seconds from the first statement sent to the last answer. Raises RuntimeError when one is
    refused."""
    connection = _connect(arguments)
    start = time.perf_counter()
    connection.enter_pipeline_mode()
    for statement in statements:
        connection.send_query_params(statement.encode(), None)
        connection.pipeline_sync()
    synced = 0
    while synced < len(statements):
        while connection.is_busy():
            unsent = connection.flush()
            select.select([connection.socket], [connection.socket] if unsent else [], [])
            connection.consume_input()
        result = connection.get_result()
        if result is None:
            continue
        if result.status == pq.ExecStatus.FATAL_ERROR:
            raise RuntimeError(result.error_message.decode())
        synced += result.status == pq.ExecStatus.PIPELINE_SYNC
    seconds = time.perf_counter() - start
    connection.finish()
    return seconds


def _connect(arguments: dict[str, Any]) -> pq.PGconn:
    """Never left to libpq alone: it would keep the interpreter lock, which a double needs."""
    text = " ".join(f"{key}='{value}'" for key, value in arguments.items())
    connection = pq.PGconn.connect_start(text.encode())
    while (state := connection.connect_poll()) != pq.PollingStatus.OK:
        if state == pq.PollingStatus.FAILED:
            raise RuntimeError(connection.error_message.decode())
        sockets = [connection.socket]
        reading = state == pq.PollingStatus.READING
        select.select(sockets if reading else [], [] if reading else sockets, [])
    connection.nonblocking = 1
    return connection
