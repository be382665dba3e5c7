"""The few certificate authorities in the package: all that AWS's own endpoints are signed by.

They are taken from the distribution's ca-certificates by their SHA-256 fingerprints, which are those
that Amazon Trust Services publishes for its roots.
"""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path

from toolchain import BuildError

NAME = "amazon-roots.pem"  # runtime/ca_bundle.cc looks for it
FOLDER = Path("/usr/share/ca-certificates/mozilla")
FINGERPRINTS = {
    "Amazon_Root_CA_1": "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
    "Amazon_Root_CA_2": "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
    "Amazon_Root_CA_3": "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
    "Amazon_Root_CA_4": "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
    "Starfield_Services_Root_Certificate_Authority_-_G2": "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
}


def read_amazon_roots(folder: Path = FOLDER) -> bytes:
    return "".join(read_root(folder / f"{name}.crt", FINGERPRINTS[name]) for name in FINGERPRINTS).encode()


def read_root(file: Path, fingerprint: str) -> str:
    if not file.exists():
        raise BuildError(f"{file} is missing: install the package `ca-certificates`")
    certificate = ssl.PEM_cert_to_DER_cert(file.read_text().strip())
    if hashlib.sha256(certificate).hexdigest() != fingerprint:
        raise BuildError(f"{file} is not the certificate with the SHA-256 fingerprint {fingerprint}")
    return ssl.DER_cert_to_PEM_cert(certificate)
