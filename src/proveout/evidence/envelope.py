"""DSSE envelopes: a statement and the signatures over exactly its bytes."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proveout.evidence.document import parsed
from proveout.evidence.key import Key, PublicKey
from proveout.evidence.malformed import Malformed

PAYLOAD_TYPE = "application/vnd.in-toto+json"
MOST = 100  # signatures of one envelope; more are nobody's honest work


@dataclass(frozen=True)
class Opened:
    """What a body says, and which trusted keys stand by it."""

    payload: bytes
    signers: tuple[str, ...]
    signed: bool


def signed(payload: bytes, key: Key) -> bytes:
    """Return the envelope of a statement, signed with the key."""
    signature = key.sign(_signed_bytes(payload))
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": key.public.keyid, "sig": base64.b64encode(signature).decode()}],
    }
    return json.dumps(envelope, indent=2).encode() + b"\n"


def sealed(statement: Mapping[str, Any], key: Key | None) -> bytes:
    """Return the bytes that a statement is stored as: plain, or with a key its envelope."""
    text = json.dumps(statement, indent=2, ensure_ascii=False) + "\n"
    # Half a surrogate pair, which a command line can carry, is written as its escape.
    payload = text.encode("utf-8", "backslashreplace")
    return signed(payload, key) if key else payload


def opened(body: bytes, trusted: Mapping[str, PublicKey]) -> Opened:
    """Return what a body says, whether it is an envelope or a plain statement.

    The id of a key in an envelope is only a hint that anybody can write there, so every signature is tried
    with every trusted key.

    Raises:
        Malformed: the body is neither.
    """
    content = parsed(body)
    if not content.keys() & {"payload", "payloadType", "signatures"}:
        return Opened(body, (), signed=False)
    if "_type" in content:
        raise Malformed("it is a statement and an envelope at once")
    if content.get("payloadType") != PAYLOAD_TYPE:
        raise Malformed(f"an envelope whose payloadType is not {PAYLOAD_TYPE}")
    payload = _bytes(content.get("payload"), "payload")
    message = _signed_bytes(payload)
    signatures = _signatures(content.get("signatures"))
    signers = [
        keyid
        for keyid, key in trusted.items()
        if any(key.verifies(signature, message) for signature in signatures)
    ]
    return Opened(payload, tuple(signers), signed=True)


def _signed_bytes(payload: bytes) -> bytes:
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def _signatures(content: Any) -> list[bytes]:
    if not isinstance(content, list) or not content:
        raise Malformed("an envelope without a signature")
    if len(content) > MOST:
        raise Malformed(f"an envelope with {len(content)} signatures; at most {MOST} are tried")
    if not all(isinstance(entry, dict) for entry in content):
        raise Malformed("an envelope with a signature that is no object")
    return [_bytes(entry.get("sig"), "sig") for entry in content]


def _bytes(text: Any, name: str) -> bytes:
    """Return what Base64 stands for, of either alphabet."""
    if not isinstance(text, str):
        raise Malformed(f"an envelope whose {name} is no text")
    standard = text.replace("-", "+").replace("_", "/")
    mixed = standard != text and ("+" in text or "/" in text)
    try:
        decoded = None if mixed else base64.b64decode(standard, validate=True)
    except ValueError:
        decoded = None
    if decoded is None:
        raise Malformed(f"an envelope whose {name} is not Base64")
    return decoded
