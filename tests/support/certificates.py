"""A certificate authority and a server certificate, made with the openssl program."""

from __future__ import annotations

import ipaddress
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificates:
    ca: Path
    certificate: Path
    key: Path


def make_certificates(directory: Path, names: list[str]) -> Certificates:
    """Writes ca.pem, server.pem and server.key; `names` are DNS names and IP addresses."""
    files = Certificates(directory / "ca.pem", directory / "server.pem", directory / "server.key")
    if files.ca.exists() and files.certificate.exists() and files.key.exists():
        return files
    ca_key = directory / "ca.key"
    new_key = ["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-days", "3650"]
    new_key += ["-pkeyopt", "ec_paramgen_curve:prime256v1"]
    _run([*new_key, "-subj", "/CN=Throwaway test CA", "-keyout", str(ca_key), "-out",
          str(files.ca), "-addext", "keyUsage=critical,keyCertSign,cRLSign"])  # fmt: skip
    alternatives = ",".join(_subject_name(name) for name in names)
    _run([*new_key, "-subj", "/CN=throwaway test server", "-keyout", str(files.key), "-out",
          str(files.certificate), "-CA", str(files.ca), "-CAkey", str(ca_key),
          "-addext", "basicConstraints=critical,CA:FALSE",
          "-addext", f"subjectAltName={alternatives}"])  # fmt: skip
    ca_key.unlink()
    files.key.chmod(0o600)
    return files


def _subject_name(name: str) -> str:
    try:
        return f"IP:{ipaddress.ip_address(name)}"
    except ValueError:
        return f"DNS:{name}"


def _run(command: list[str]) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise RuntimeError(f"{' '.join(command[:3])} failed: {result.stderr.strip()}")
