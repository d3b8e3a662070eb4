"""A stream encrypted with AES-256-GCM in pieces, each authenticated with its place and whether it is last.

So a file that was cut, altered or put together from others is refused, however large it is, without ever
being held in memory. Each file has a key of its own, derived (HKDF-SHA256) from the installation's key and a
random salt; the header says nothing but that salt and whether a key fits.
"""

from __future__ import annotations

import hmac
import secrets
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC: Final = b"portal backup 1\n"
SALT: Final = 32
PIECE: Final = 1 << 20
TAG: Final = 16
HEADER: Final = len(MAGIC) + 2 * SALT


class Unreadable(Exception):
    """The file is no backup, was cut or altered, or another key made it; says which."""


class Encrypted:
    """Writes what it is given, encrypted, to `target`. `close` ends the stream; without it nothing opens."""

    def __init__(self, target: BinaryIO, key: bytes) -> None:
        salt = secrets.token_bytes(SALT)
        cipher_key, proof = derived(key, salt)
        self.target, self.cipher = target, AESGCM(cipher_key)
        self.header, self.waiting, self.pieces = MAGIC + salt + proof, bytearray(), 0
        target.write(self.header)

    def write(self, plain: bytes) -> int:
        self.waiting += plain
        while len(self.waiting) > PIECE:  # the last piece is written by close, which knows that it is
            self._write_piece(bytes(self.waiting[:PIECE]), last=False)
            del self.waiting[:PIECE]
        return len(plain)

    def close(self) -> None:
        self._write_piece(bytes(self.waiting), last=True)
        self.waiting.clear()

    def _write_piece(self, plain: bytes, *, last: bool) -> None:
        self.target.write(self.cipher.encrypt(nonce(self.pieces, last=last), plain, self.header))
        self.pieces += 1


class Decrypted:
    """Reads a stream that `Encrypted` wrote; gives out no byte that was not authenticated first."""

    def __init__(self, source: BinaryIO, key: bytes) -> None:
        self.source, self.header = source, source.read(HEADER)
        if len(self.header) != HEADER or not self.header.startswith(MAGIC):
            raise Unreadable("This file is not a backup of the portal.")
        salt, proof = self.header[len(MAGIC) : -SALT], self.header[-SALT:]
        cipher_key, expected = derived(key, salt)
        if not hmac.compare_digest(proof, expected):
            raise Unreadable("PORTAL_BACKUP_KEY is not the key with which this backup was made.")
        self.cipher, self.pieces = AESGCM(cipher_key), 0
        self.ready, self.ahead = bytearray(), source.read(PIECE + TAG)
        self.is_over = False

    def read(self, size: int = -1) -> bytes:
        while not self.is_over and (size < 0 or len(self.ready) < size):
            self._read_piece()
        plain = bytes(self.ready if size < 0 else self.ready[:size])
        del self.ready[: len(plain)]
        return plain

    def _read_piece(self) -> None:
        piece, self.ahead = self.ahead, self.source.read(PIECE + TAG)
        self.is_over = not self.ahead
        try:
            self.ready += self.cipher.decrypt(nonce(self.pieces, last=self.is_over), piece, self.header)
        except InvalidTag:
            raise Unreadable("This backup was cut off or altered: it cannot be used.") from None
        self.pieces += 1


def derived(key: bytes, salt: bytes) -> tuple[bytes, bytes]:
    """The key of one file, and the proof by which a wrong key is told from a damaged file."""
    both = HKDF(SHA256(), length=2 * SALT, salt=salt, info=b"portal backup").derive(key)
    return both[:SALT], both[SALT:]


def nonce(piece: int, *, last: bool) -> bytes:
    return piece.to_bytes(11, "big") + bytes([last])
