"""Sender keys between the client and libolm, in both directions."""

import pytest
from heliograph import GROUP, Identity, Place, base64, content_of, plaintext, unbase64

olm = pytest.importorskip("olm", reason="python-olm has a wheel for Linux on x86-64 with Python 3.11 or 3.12 only")

RUST, PYTHON = ("rust", 1), ("python", 2)
CONTENTS = [b"", b"hello", bytes(range(256)), b"long" * 2000]
LOSSLESS = "surrogateescape"  # python-olm gives text only; this way it is bytes again


def split(text):
    """Gives the name of the key, and Megolm's message as libolm takes it."""
    raw = unbase64(text)
    assert raw[0] == GROUP
    return raw[1:17], base64(raw[17:])


def test_libolm_decrypts(peer):
    distribution = unbase64(peer.do("distribute", group="group")["distribution"])
    assert distribution.startswith(b"\1group\0")
    session = olm.InboundGroupSession(base64(distribution[7:]))
    for index, content in enumerate(CONTENTS):
        place = Place(RUST, group="group")
        name, message = split(peer.encrypt(content, place))
        assert unbase64(session.id).startswith(name)
        plain, at = session.decrypt(message, LOSSLESS)
        assert at == index
        assert content_of(plain.encode("utf-8", LOSSLESS), place) == content


def test_libolm_encrypts(peer):
    session = olm.OutboundGroupSession()
    distribution = b"\1group\0" + unbase64(session.session_key)
    sender = list(PYTHON)
    key = base64(Identity().public)
    assert peer.do("accept", **{"distribution": base64(distribution), "from": sender, "identity_key": key}) == {}
    sent = []
    for content in CONTENTS:
        place = Place(PYTHON, group="group")
        message = unbase64(session.encrypt(plaintext(content, place)))
        name = unbase64(session.id)[:16]
        sent.append((base64(bytes([GROUP]) + name + message), place, content))
    for text, place, content in reversed(sent):
        assert peer.decrypt(text, place) == content
    elsewhere = Place(PYTHON, group="other").json()
    refused = peer.do("decrypt", ciphertext=sent[0][0], place=elsewhere)
    assert refused == {"error": "sender key is of another device or group"}
