"""Keys of Ed25519: the private one that signs evidence, and the public ones a system trusts."""

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from proveout.model.mistake import UserError, shown

VARIABLE = "PROVEOUT_KEY"
LARGEST = 10_000  # bytes of a key file
_NEW = "next: proveout key new"


class PublicKey:
    """What verifies signatures; its id is the SHA-256 of its 32 bytes in hex."""

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key
        raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.keyid = hashlib.sha256(raw).hexdigest()

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the key of a PEM file.

        Raises:
            UserError: the file is missing or holds no public key of Ed25519.
        """
        content = _content(path, "public")
        try:
            key = serialization.load_pem_public_key(content)
        except (ValueError, UnsupportedAlgorithm):
            raise UserError(
                f"{shown(path)}: not a public key in PEM form\n"
                "  a line -----BEGIN PUBLIC KEY----- is expected first; not the private key\n"
                "next: put the .pub file there that proveout key new wrote"
            ) from None
        if not isinstance(key, Ed25519PublicKey):
            raise UserError(f"{shown(path)}: a public key, but not of Ed25519\n{_NEW}")
        return cls(key)

    @property
    def pem(self) -> bytes:
        """Return the key as a file holds it."""
        return self._key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Tell whether the signature is this key's, over exactly these bytes."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class Key:
    """What signs; whoever has the file can sign in its owner's name."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey(key.public_key())

    @classmethod
    def new(cls) -> Self:
        """Return a key nobody had before."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the key of a PEM file that only its owner can read.

        Raises:
            UserError: the file is missing, open to others, or holds no private key of Ed25519.
        """
        content = _content(path, "private")
        try:
            key = serialization.load_pem_private_key(content, password=None)
        except TypeError:
            raise UserError(
                f"{shown(path)}: the key is encrypted, and nobody is there to type its password\n{_NEW}"
            ) from None
        except (ValueError, UnsupportedAlgorithm):
            raise UserError(f"{shown(path)}: not a private key in PEM form (PKCS 8)\n{_NEW}") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise UserError(f"{shown(path)}: a private key, but not of Ed25519\n{_NEW}")
        return cls(key)

    @property
    def pem(self) -> bytes:
        """Return the key as a file holds it, not encrypted."""
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def sign(self, message: bytes) -> bytes:
        """Return the signature over the bytes."""
        return self._key.sign(message)


def signing_key(variables: Mapping[str, str], configured: Path | None) -> Key | None:
    """Return the key evidence is signed with: of the variable, else of the configuration, else none.

    Raises:
        UserError: the variable is set but empty, or the file cannot be used.
    """
    stated = variables.get(VARIABLE)
    if stated is not None and not stated.strip():
        raise UserError(
            f"{VARIABLE} is set but empty, so it is unclear whether evidence should be signed\n"
            f"next: set it to the file of a private key (proveout key new), or unset {VARIABLE}"
        )
    path = Path(stated).expanduser() if stated is not None else configured
    return None if path is None else Key.load(path)


def trusted(system: Path) -> dict[str, PublicKey]:
    """Return the keys that the folder of a system trusts, by their id; none means nothing need be signed.

    Raises:
        UserError: one of the files is no public key.
    """
    keys = [PublicKey.load(path) for path in sorted(system.glob("keys/*.pub"))]
    return {key.keyid: key for key in keys}


def _content(path: Path, which: str) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UserError(f"{shown(path)}: the {which} key cannot be read ({error.strerror})\n{_NEW}") from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise UserError(f"{shown(path)}: the {which} key is not a file\n{_NEW}")
        if which == "private" and found.st_mode & 0o077:
            raise UserError(
                f"{shown(path)}: others can read the private key (mode {found.st_mode & 0o777:04o})\n"
                "  whoever has read it can sign evidence in your name\n"
                f"next: chmod 600 {shown(path)}, or, if others may have seen it: proveout key new"
            )
        return os.read(descriptor, LARGEST)
    finally:
        os.close(descriptor)
