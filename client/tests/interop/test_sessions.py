"""Sessions between the client and an implementation that is not ours, begun by either."""

import asyncio

import pytest
from heliograph import Identity, Place, Prekeys, Session, base64, safety_number, unbase64

RUST, PYTHON = ("rust", 1), ("python", 2)
CONTENTS = [b"", b"hello", b"\x80\0\0", bytes(range(256)), b"long" * 2000]


def to_python():
    return Place(RUST, PYTHON)


def to_rust():
    return Place(PYTHON, RUST)


async def talk(session, peer):
    """Both say something in turn, then several things at once that arrive in another order."""
    for content in CONTENTS:
        place = to_rust()
        assert peer.decrypt(await session.encrypt(content, place), place) == content
        place = to_python()
        assert await session.decrypt(peer.encrypt(content, place), place) == content
    places = [to_python() for _ in CONTENTS]
    sent = [(peer.encrypt(content, place), place, content) for content, place in zip(CONTENTS, places)]
    for text, place, content in reversed(sent):
        assert await session.decrypt(text, place) == content
    places = [to_rust() for _ in CONTENTS]
    sent = [(await session.encrypt(content, place), place, content) for content, place in zip(CONTENTS, places)]
    for text, place, content in reversed(sent):
        assert peer.decrypt(text, place) == content


@pytest.mark.parametrize("has_one_time", [True, False])
def test_rust_begins(peer, has_one_time):
    async def run():
        identity, prekeys = Identity(), Prekeys(has_one_time)
        peer.do("initiate", bundle=prekeys.bundle(identity))
        place, again = to_python(), to_python()
        first, second = peer.encrypt(b"hello", place), peer.encrypt(b"are you there?", again)
        session, content = await Session.join(identity, prekeys, first, place)
        assert content == b"hello"
        assert await session.decrypt(second, again) == b"are you there?"
        await talk(session, peer)

    asyncio.run(run())


@pytest.mark.parametrize("has_one_time", [True, False])
def test_python_begins(peer, has_one_time):
    async def run():
        bundle = peer.do("bundle", one_time=has_one_time)
        place, again = to_rust(), to_rust()
        session, first = await Session.begin(Identity(), bundle, b"hello", place)
        second = await session.encrypt(b"are you there?", again)
        assert peer.decrypt(second, again) == b"are you there?"
        assert peer.decrypt(first, place) == b"hello"
        answer = to_python()
        assert await session.decrypt(peer.encrypt(b"I am", answer), answer) == b"I am"
        await talk(session, peer)

    asyncio.run(run())


def test_what_belongs_elsewhere_is_refused(peer):
    async def run():
        bundle = peer.do("bundle", one_time=True)
        place = to_rust()
        _, first = await Session.begin(Identity(), bundle, b"hello", place)
        elsewhere = peer.do("decrypt", ciphertext=first, place=to_rust().json())
        assert elsewhere == {"error": "first message not decrypted"}
        assert peer.decrypt(first, place) == b"hello"

    asyncio.run(run())


def test_bundles_are_verified(peer):
    identity, other, prekeys = Identity(), Identity(), Prekeys(True)
    bundle = prekeys.bundle(identity)
    assert "identity_key" in peer.do("initiate", bundle=bundle)
    for key in ("signed_prekey", "kem_prekey"):
        forged = {**bundle, key: prekeys.bundle(other)[key]}
        assert "does not verify" in peer.do("initiate", bundle=forged)["error"]


def test_safety_numbers_are_the_same(peer):
    one, two, three = Identity(), Identity(), Identity()

    def person(user, identities):
        return {"user_id": user, "keys": [base64(identity.public) for identity in identities]}

    alice, bob = person("alice", [one, two]), person("bob", [three])
    ours, theirs = peer.do("safety", us=alice, them=bob), peer.do("safety", us=bob, them=alice)
    number = safety_number(("alice", [one.public, two.public]), ("bob", [three.public]))
    assert ours["digits"] == theirs["digits"] == number
    code, other = unbase64(ours["qr"]), unbase64(theirs["qr"])
    assert code[1:31] == other[31:] and code[31:] == other[1:31]
