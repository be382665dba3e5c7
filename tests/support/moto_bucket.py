"""A versioned bucket in moto, which lets everybody in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

NAME = "releases"


class MotoBucket:
    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._s3: Any = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="none",
            aws_secret_access_key="none",
        )
        self._s3.create_bucket(Bucket=NAME)
        self._s3.put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": "Enabled"})

    def put(self, key: str, body: bytes) -> dict[str, Any]:
        answer: dict[str, Any] = self._s3.put_object(Bucket=NAME, Key=key, Body=body)
        return answer

    def get(self, key: str) -> bytes:
        body: bytes = self._s3.get_object(Bucket=NAME, Key=key)["Body"].read()
        return body

    def count_versions(self, key: str) -> int:
        listed = self._s3.list_object_versions(Bucket=NAME, Prefix=key)
        return len(listed.get("Versions", []))


@contextmanager
def start_bucket() -> Iterator[MotoBucket]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield MotoBucket(f"http://{host}:{port}")
    finally:
        server.stop()
