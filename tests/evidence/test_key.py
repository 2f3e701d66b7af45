"""Keys: only their owner can read the private one, and every other file is refused with a sentence."""

import hashlib
import os

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from proveout.evidence.key import Key, PublicKey, signing_key, trusted
from proveout.model.mistake import UserError

PEM = serialization.Encoding.PEM
PKCS8 = serialization.PrivateFormat.PKCS8


def kept(path, content, mode=0o600):
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_a_key_that_was_kept_signs_as_before(tmp_path):
    key = Key.new()
    again = Key.load(kept(tmp_path / "key.pem", key.pem))
    assert again.public.keyid == key.public.keyid
    assert key.public.verifies(again.sign(b"x"), b"x")
    public = PublicKey.load(kept(tmp_path / "key.pub", key.public.pem, 0o644))
    assert public.keyid == key.public.keyid
    assert not public.verifies(again.sign(b"x"), b"y")
    assert not public.verifies(b"", b"x")


def test_the_id_of_a_key_is_the_digest_of_its_raw_bytes(tmp_path):
    key = ed25519.Ed25519PrivateKey.generate()
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    path = kept(tmp_path / "key.pem", key.private_bytes(PEM, PKCS8, serialization.NoEncryption()))
    assert Key.load(path).public.keyid == hashlib.sha256(raw).hexdigest()


def test_no_two_keys_are_the_same():
    assert len({Key.new().public.keyid for _ in range(20)}) == 20


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o602, 0o601])
def test_a_private_key_that_others_may_touch_is_refused(tmp_path, mode):
    path = kept(tmp_path / "key.pem", Key.new().pem, mode)
    with pytest.raises(UserError, match=rf"\(mode {mode:04o}\)(.|\n)*\nnext: chmod 600 .*proveout key new"):
        Key.load(path)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_private_key_that_only_its_owner_may_read_is_taken(tmp_path, mode):
    key = Key.new()
    assert Key.load(kept(tmp_path / "key.pem", key.pem, mode)).public.keyid == key.public.keyid


def wrong(folder):
    """Return files that are no private key of Ed25519, and what is said of each."""
    key, other = Key.new(), ec.generate_private_key(ec.SECP256R1())
    encrypted = ed25519.Ed25519PrivateKey.generate().private_bytes(
        PEM, PKCS8, serialization.BestAvailableEncryption(b"x")
    )
    (folder / "directory").mkdir(mode=0o700)
    os.mkfifo(folder / "pipe", 0o600)
    return {
        folder / "none": "cannot be read (No such file or directory)",
        folder / "directory": "is not a file",
        folder / "pipe": "is not a file",
        kept(folder / "empty", b""): "not a private key",
        kept(folder / "binary", os.urandom(300)): "not a private key",
        kept(folder / "cut", key.pem[:60]): "not a private key",
        kept(folder / "public", key.public.pem): "not a private key",
        kept(folder / "encrypted", encrypted): "the key is encrypted",
        kept(
            folder / "ecdsa", other.private_bytes(PEM, PKCS8, serialization.NoEncryption())
        ): "a private key, but not of Ed25519",
    }


def test_a_file_that_is_no_private_key_is_a_mistake_of_the_user(tmp_path):
    for path, said in wrong(tmp_path).items():
        with pytest.raises(UserError) as caught:
            Key.load(path)
        assert said in str(caught.value)
        assert "\nnext: " in str(caught.value)


def test_a_file_that_is_no_public_key_is_a_mistake_of_the_user(tmp_path):
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    files = {
        "none.pub": None,
        "empty.pub": b"",
        "private.pub": Key.new().pem,
        "other.pub": other.public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
    }
    for name, content in files.items():
        if content is not None:
            kept(tmp_path / name, content)
        with pytest.raises(UserError, match=r"(?s)key.*\nnext: "):
            PublicKey.load(tmp_path / name)


def test_the_variable_goes_before_the_configuration(tmp_path):
    one, other = Key.new(), Key.new()
    variables = {"PROVEOUT_KEY": str(kept(tmp_path / "one", one.pem))}
    configured = kept(tmp_path / "other", other.pem)
    assert signing_key(variables, configured).public.keyid == one.public.keyid
    assert signing_key({}, configured).public.keyid == other.public.keyid
    assert signing_key({}, None) is None


@pytest.mark.parametrize("value", ["", "  "])
def test_a_variable_that_is_set_but_empty_is_not_taken_for_none(value):
    with pytest.raises(UserError, match=r"^PROVEOUT_KEY is set but empty(.|\n)*next: "):
        signing_key({"PROVEOUT_KEY": value}, None)


def test_the_keys_of_a_system_are_those_in_its_folder(tmp_path):
    assert trusted(tmp_path) == {}
    (tmp_path / "keys").mkdir()
    keys = [Key.new() for _ in range(3)]
    for number, key in enumerate(keys):
        kept(tmp_path / "keys" / f"{number}.pub", key.public.pem)
    (tmp_path / "keys" / "README").write_text("who has which")
    assert set(trusted(tmp_path)) == {key.public.keyid for key in keys}
    (tmp_path / "keys" / "broken.pub").write_text("x")
    with pytest.raises(UserError, match=r"broken\.pub: not a public key"):
        trusted(tmp_path)
