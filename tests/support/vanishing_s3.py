"""An S3 whose objects change after they are listed."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import urlsplit

LISTING = """<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>files</Name>
<Prefix>app/</Prefix><KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType>
<IsTruncated>false</IsTruncated>
<Contents><Key>app/1_a.sql</Key><ETag>"1111"</ETag><Size>{size}</Size></Contents>
<Contents><Key>app/2_b.sql</Key><ETag>"2222"</ETag><Size>9</Size></Contents>
</ListBucketResult>"""
ERROR = "<Error><Code>{code}</Code><Message>changed</Message></Error>"


class VanishingS3:
    """Lists app/1_a.sql and app/2_b.sql in any bucket; a GET of the second gets `status` `code`."""

    def __init__(self, first: bytes, status: int, code: str) -> None:
        listing = LISTING.format(size=len(first)).encode()
        error = ERROR.format(code=code).encode()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                if path.endswith("/1_a.sql"):
                    self.answer(200, first)
                elif path.endswith("/2_b.sql"):
                    self.answer(status, error)
                else:
                    self.answer(200, listing)

            def answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("ETag", '"1111"')
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> VanishingS3:
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
