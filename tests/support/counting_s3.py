"""An S3 in memory that counts what is read. It asks for no signature: test_s3_moto does that."""

from __future__ import annotations

import threading
from collections.abc import Callable
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

PAGE = 1000  # keys, as S3 has it
OBJECT = "<Contents><Key>{key}</Key><ETag>{etag}</ETag><Size>{size}</Size></Contents>"
LISTING = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>files</Name>'
    "<Prefix>{prefix}</Prefix><KeyCount>{count}</KeyCount><MaxKeys>1000</MaxKeys>"
    "<EncodingType>url</EncodingType><IsTruncated>{truncated}</IsTruncated>{more}{objects}"
    "</ListBucketResult>"
)


def etag_of(body: bytes) -> str:
    return f'"{md5(body).hexdigest()}"'


class CountingS3:
    """Keys to bodies, or to what makes the body, for any bucket; `gets` are the keys read."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes | Callable[[], bytes]] = {}
        self.gets: list[str] = []
        self._listed: dict[str, tuple[int, str]] = {}  # size and ETag of those that are made
        s3 = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # an answer is one write: no wait for the client's delayed ACK

            def do_GET(self) -> None:
                url = urlsplit(self.path)
                _, _, key = unquote(url.path).lstrip("/").partition("/")
                if key:
                    s3.gets.append(key)
                    body = s3.body(key)
                    self.answer(body, {"ETag": etag_of(body)})
                else:
                    self.answer(s3.list(parse_qs(url.query, keep_blank_values=True)), {})

            def answer(self, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    def body(self, key: str) -> bytes:
        value = self.objects[key]
        return value if isinstance(value, bytes) else value()

    def list(self, query: dict[str, list[str]]) -> bytes:
        prefix = query["prefix"][0]
        after = query.get("continuation-token", [""])[0]
        keys = sorted(key for key in self.objects if key.startswith(prefix) and key > after)
        page, rest = keys[:PAGE], keys[PAGE:]
        more = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if rest else ""
        return LISTING.format(
            prefix=quote(prefix),
            count=len(page),
            truncated=str(bool(rest)).lower(),
            more=more,
            objects="".join(map(self._describe, page)),
        ).encode()

    def _describe(self, key: str) -> str:
        if key not in self._listed or isinstance(self.objects[key], bytes):
            body = self.body(key)
            self._listed[key] = (len(body), etag_of(body))
        size, etag = self._listed[key]
        return OBJECT.format(key=quote(key), etag=escape(etag, {'"': "&quot;"}), size=size)

    def __enter__(self) -> CountingS3:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
