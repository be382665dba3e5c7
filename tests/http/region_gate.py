"""A loopback proxy before moto that behaves as S3 does where moto is lenient: a request signed for
another region than the bucket's is refused, and the next answers can be made failures."""

from __future__ import annotations

import http.client
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REFUSALS = {
    "malformed": (
        400,
        "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region '{given}' is wrong; "
        "expecting '{right}'</Message><Region>{right}</Region></Error>",
    ),
    "redirect": (301, "<Error><Code>PermanentRedirect</Code></Error>"),
}


class RegionGate(ThreadingHTTPServer):
    """`how` is one of REFUSALS. `failures` are (status, body) of the next answers."""

    daemon_threads = True

    def __init__(self, upstream: tuple[str, int], region: str, how: str = "malformed") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = upstream
        self.region = region
        self.how = how
        self.failures: list[tuple[int, str]] = []
        self.seen: list[tuple[str, str]] = []  # method and region of each request
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> "RegionGate":
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RegionGate

    def do_GET(self) -> None:
        scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/", self.headers["Authorization"])
        given = scope.group(1) if scope else ""
        self.server.seen.append((self.command, given))
        if self.server.failures:
            self._answer(*self.server.failures.pop(0), headers={})
        elif given != self.server.region:
            status, body = REFUSALS[self.server.how]
            body = body.format(given=given, right=self.server.region)
            named = {"x-amz-bucket-region": self.server.region} if self.command == "HEAD" else {}
            self._answer(status, body, named)
        else:
            self._forward()

    do_HEAD = do_GET

    def _answer(self, status: int, body: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body.encode())

    def _forward(self) -> None:
        connection = http.client.HTTPConnection(*self.server.upstream, timeout=30)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        body = response.read()
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        connection.close()

    def log_message(self, format: str, *args: object) -> None:
        pass
