"""The marketplace's seal: an Ed25519 signature over every byte of a file, as the file's last line. `contracts.verify` checks it.

PDF readers skip that line, which is a comment. The module takes a while to import; it is needed where files are sealed and nowhere else.
"""

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chalicelib.contracts.verify import fingerprint_of, message_of

PURPOSE = b"primetime seal of contracts\n"


class NoSealKey(RuntimeError):
    """The deployment has no secret for the seal, or this function may not read it."""


class Seal:
    """Seals files, always with the same key for the same secret."""

    def __init__(self, secret: str) -> None:
        """`secret` is long and random; the key is derived from it."""
        if not secret:
            raise NoSealKey("There is no secret to make the seal's key from.")
        self._key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(PURPOSE + secret.encode()).digest())
        self.public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def fingerprint(self) -> str:
        """The public key's name for people."""
        return fingerprint_of(self.public)

    @property
    def public_pem(self) -> str:
        """The public key as it is published."""
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def close(self, body: bytes) -> bytes:
        """The file with its seal. Equal files get equal seals."""
        return body + f"%PrimetimeSeal 1 {self.public.hex()} {self._key.sign(message_of(body)).hex()}\n".encode()
