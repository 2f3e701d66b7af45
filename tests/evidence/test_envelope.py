"""Envelopes are those of DSSE, as another implementation has them; nothing else is taken for one."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey

from proveout.evidence.envelope import PAYLOAD_TYPE, opened, signed
from proveout.evidence.key import Key
from proveout.evidence.malformed import Malformed

PAYLOAD = b'{"_type": "https://in-toto.io/Statement/v1", "gr\xc3\xb6\xc3\x9fe": [1, 2, 3]}\n'
KEY, OTHER = Key.new(), Key.new()
TRUSTED = {KEY.public.keyid: KEY.public}
BOTH = TRUSTED | {OTHER.public.keyid: OTHER.public}


def theirs(key):
    return SSlibKey.from_crypto(load_pem_public_key(key.public.pem), keyid=key.public.keyid)


def changed(**keys):
    """Return an envelope with other keys; a key that is None is left out."""
    content = json.loads(signed(PAYLOAD, KEY)) | keys
    return json.dumps({name: value for name, value in content.items() if value is not None}).encode()


def test_what_was_signed_is_opened_with_the_key_that_signed():
    found = opened(signed(PAYLOAD, KEY), TRUSTED)
    assert (found.payload, found.signers, found.signed) == (PAYLOAD, (KEY.public.keyid,), True)


def test_another_key_did_not_sign():
    found = opened(signed(PAYLOAD, OTHER), TRUSTED)
    assert (found.payload, found.signers, found.signed) == (PAYLOAD, (), True)


def test_a_statement_without_an_envelope_is_signed_by_nobody():
    found = opened(PAYLOAD, TRUSTED)
    assert (found.payload, found.signers, found.signed) == (PAYLOAD, (), False)


@given(payload=st.binary())
def test_securesystemslib_verifies_what_we_sign(payload):
    envelope = Envelope.from_dict(json.loads(signed(payload, KEY)))
    assert envelope.payload == payload
    assert list(envelope.verify([theirs(KEY)], 1)) == [KEY.public.keyid]
    with pytest.raises(VerificationError):
        envelope.verify([theirs(OTHER)], 1)


@given(payload=st.binary())
def test_we_verify_what_securesystemslib_signs(payload):
    envelope = Envelope(payload, PAYLOAD_TYPE, {})
    envelope.sign(CryptoSigner(load_pem_private_key(KEY.pem, None), theirs(KEY)))
    found = opened(json.dumps(envelope.to_dict()).encode(), BOTH)
    assert (found.payload, found.signers, found.signed) == (payload, (KEY.public.keyid,), True)


def test_both_alphabets_of_base64_are_read():
    payload = b'{"x": "\xc3\xbf\xc3\xbf\xc3\xbe>>>???"}' * 3
    content = json.loads(signed(payload, KEY))
    url_safe = {
        "payload": content["payload"].replace("+", "-").replace("/", "_"),
        "signatures": [{"sig": content["signatures"][0]["sig"].replace("+", "-").replace("/", "_")}],
    }
    assert url_safe["payload"] != content["payload"]
    found = opened(json.dumps(content | url_safe).encode(), TRUSTED)
    assert (found.payload, found.signers) == (payload, (KEY.public.keyid,))


@pytest.mark.parametrize("keyid", [None, "", OTHER.public.keyid, "x", 5], ids=range(5))
def test_the_id_in_an_envelope_is_only_a_hint(keyid):
    signature = json.loads(signed(PAYLOAD, KEY))["signatures"][0] | {"keyid": keyid}
    assert opened(changed(signatures=[signature]), BOTH).signers == (KEY.public.keyid,)


def test_a_stranger_with_a_trusted_id_is_a_stranger():
    signature = json.loads(signed(PAYLOAD, OTHER))["signatures"][0] | {"keyid": KEY.public.keyid}
    assert opened(changed(signatures=[signature]), TRUSTED).signers == ()


def test_several_signatures_count_once_each_and_strangers_do_not_spoil_them():
    ours, others, strangers = (
        json.loads(signed(PAYLOAD, key))["signatures"][0] for key in (KEY, OTHER, Key.new())
    )
    found = opened(changed(signatures=[strangers, ours, ours, others]), BOTH)
    assert sorted(found.signers) == sorted(BOTH)


@given(place=st.integers(min_value=0, max_value=len(PAYLOAD) - 1), bit=st.integers(min_value=0, max_value=7))
def test_a_bit_of_the_payload_more_or_less_is_not_what_was_signed(place, bit):
    payload = bytearray(PAYLOAD)
    payload[place] ^= 1 << bit
    assert opened(changed(payload=base64.b64encode(payload).decode()), TRUSTED).signers == ()


@given(place=st.integers(min_value=0, max_value=63), bit=st.integers(min_value=0, max_value=7))
def test_a_bit_of_the_signature_more_or_less_is_none(place, bit):
    signature = bytearray(base64.b64decode(json.loads(signed(PAYLOAD, KEY))["signatures"][0]["sig"]))
    signature[place] ^= 1 << bit
    text = base64.b64encode(signature).decode()
    assert opened(changed(signatures=[{"sig": text}]), TRUSTED).signers == ()


def test_the_type_is_part_of_what_is_signed():
    """A signature over the same bytes as something else is no signature over a statement."""
    envelope = Envelope(PAYLOAD, "text/plain", {})
    envelope.sign(CryptoSigner(load_pem_private_key(KEY.pem, None), theirs(KEY)))
    stolen = envelope.to_dict()["signatures"]
    assert opened(changed(signatures=stolen), TRUSTED).signers == ()


SIGNATURE = {"sig": base64.b64encode(b"x" * 64).decode()}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"payloadType": "text/plain"}, "payloadType is not application/vnd.in-toto"),
        ({"payloadType": None}, "payloadType is not application/vnd.in-toto"),
        ({"payloadType": 5}, "payloadType is not application/vnd.in-toto"),
        ({"payload": None}, "payload is no text"),
        ({"payload": 5}, "payload is no text"),
        ({"payload": "ab!d"}, "payload is not Base64"),
        ({"payload": "abc"}, "payload is not Base64"),
        ({"payload": "a-b/"}, "payload is not Base64"),
        ({"payload": "größe"}, "payload is not Base64"),
        ({"signatures": None}, "without a signature"),
        ({"signatures": []}, "without a signature"),
        ({"signatures": {}}, "without a signature"),
        ({"signatures": "x"}, "without a signature"),
        ({"signatures": ["x"]}, "a signature that is no object"),
        ({"signatures": [{}]}, "sig is no text"),
        ({"signatures": [{"sig": "!"}]}, "sig is not Base64"),
        ({"signatures": [SIGNATURE] * 101}, "101 signatures"),
        ({"_type": "https://in-toto.io/Statement/v1"}, "a statement and an envelope at once"),
    ],
    ids=str,
)
def test_what_is_no_envelope_is_a_sentence(keys, said):
    with pytest.raises(Malformed) as caught:
        opened(changed(**keys), TRUSTED)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "sig", ["", "AA==", base64.b64encode(b"x" * 63).decode(), base64.b64encode(b"x" * 65).decode()]
)
def test_a_signature_of_another_length_is_none(sig):
    assert opened(changed(signatures=[{"sig": sig}]), TRUSTED).signers == ()


def test_an_envelope_that_names_a_key_twice_is_refused():
    body = signed(PAYLOAD, KEY).replace(b'"payload":', b'"payload": "AA==", "payload":', 1)
    with pytest.raises(Malformed, match='the key "payload" stands there twice'):
        opened(body, TRUSTED)


@given(st.binary(max_size=200))
def test_any_bytes_are_opened_or_malformed(content):
    try:
        assert opened(content, TRUSTED).signers == ()
    except Malformed as error:
        assert str(error)  # noqa: PT017 - either of both is right
