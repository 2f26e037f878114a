"""The encryption of docs/adr/0013-the-client.md, written a second time: by PyCA (OpenSSL) and the DoubleRatchet package.

Nothing here shares code with the client. What is said of formats is said in client/src/e2ee.
"""

import hashlib
import itertools
import struct
import uuid
from base64 import b64decode, b64encode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM1024PrivateKey, MLKEM1024PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from doubleratchet import DoubleRatchet, EncryptedMessage, Header
from doubleratchet.recommended import HashFunction, aead_aes_hmac, kdf_hkdf, kdf_separate_hmacs
from doubleratchet.recommended.diffie_hellman_ratchet_curve25519 import DiffieHellmanRatchet

FIRST, SESSION, GROUP = 1, 2, 3
KEM_CIPHERTEXT_BYTES = 1568
HEADER_BYTES = 64 + 32 + 4 + 1 + 4 + 4 + KEM_CIPHERTEXT_BYTES
OLM_VERSION = 4  # untruncated MACs
MAC_BYTES = 32


def base64(raw):
    return b64encode(raw).decode().rstrip("=")


def unbase64(text):
    return b64decode(text + "=" * (-len(text) % 4), validate=True)


def public(key):
    return key.public_key().public_bytes_raw()


# --- where a message belongs, and its padding


class Place:
    """A context: from (user, device), to (user, device) or a group."""

    _numbers = itertools.count(1)

    def __init__(self, sender, to=None, group=None):
        self.sender, self.to, self.group = sender, to, group
        self.message_id = uuid.UUID(int=next(self._numbers) << 80 | 7 << 76 | 2 << 62)

    def json(self):
        def address(device):
            return device and list(device)

        return {
            "from": address(self.sender),
            "to": address(self.to),
            "group": self.group,
            "message_id": str(self.message_id),
        }

    def digest(self):
        def device(address):
            return address[0].encode() + bytes([0, address[1]])

        to = b"\1" + device(self.to) if self.to else b"\2" + self.group.encode() + b"\0"
        written = b"heliograph-context-v1" + device(self.sender) + to + self.message_id.bytes
        return hashlib.sha256(written).digest()


def size_class(length):
    if length <= 256:
        return 128 if length <= 128 else 256
    exponent = length.bit_length() - 1
    granule = 1 << (exponent - exponent.bit_length())
    return -(-length // granule) * granule


def plaintext(content, place):
    padding = size_class(len(content) + 1) - len(content) - 1
    return b"\1" + place.digest() + content + b"\x80" + bytes(padding)


def content_of(plain, place):
    assert plain[0] == 1 and plain[1:33] == place.digest()
    content = plain[33:].rstrip(b"\0")
    assert content.endswith(b"\x80") and len(plain) - 33 == size_class(len(content))
    return content[:-1]


# --- PQXDH


class Identity:
    def __init__(self):
        self.signing, self.agreement = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
        self.public = public(self.signing) + public(self.agreement)

    def sign(self, tag, key):
        return base64(self.signing.sign(tag + self.public + key))


SIGNED_TAG, KEM_TAG = b"heliograph-signed-prekey-v1", b"heliograph-kem-prekey-v1"


def root_key(agreed, transcript):
    info = b"heliograph-pqxdh-v1_CURVE25519_SHA-256_ML-KEM-1024" + hashlib.sha256(transcript).digest()
    return HKDF(hashes.SHA256(), 32, bytes(32), info).derive(b"\xff" * 32 + b"".join(agreed))


def transcript(initiator, responder, ephemeral, signed, one_time, kem, ciphertext):
    one_time = b"\1" + one_time if one_time else b"\0"
    return initiator + responder + ephemeral + signed + one_time + kem + ciphertext


class Prekeys:
    """One of each kind, with ids 1 to 3."""

    def __init__(self, has_one_time):
        self.signed, self.kem = X25519PrivateKey.generate(), MLKEM1024PrivateKey.generate()
        self.one_time = X25519PrivateKey.generate() if has_one_time else None

    def bundle(self, identity):
        def key(key_id, private, tag=None):
            raw = public(private)
            signature = {"signature": identity.sign(tag, raw)} if tag else {}
            return {"key_id": key_id, "public_key": base64(raw), **signature}

        return {
            "device_id": 1,
            "registration_id": 1,
            "identity_key": base64(identity.public),
            "signed_prekey": key(1, self.signed, SIGNED_TAG),
            "one_time_prekey": self.one_time and key(2, self.one_time),
            "kem_prekey": key(3, self.kem, KEM_TAG),
        }

    def respond(self, identity, header):
        """Gives the root key that a header agrees on."""
        theirs, ephemeral = header[:64], header[64:96]
        ids = struct.unpack(">IBII", header[96:109])
        assert ids == (1, 1, 2, 3) if self.one_time else ids == (1, 0, 0, 3)
        ciphertext = header[109:]
        their_identity = X25519PublicKey.from_public_bytes(theirs[32:])
        their_ephemeral = X25519PublicKey.from_public_bytes(ephemeral)
        agreed = [
            self.signed.exchange(their_identity),
            identity.agreement.exchange(their_ephemeral),
            self.signed.exchange(their_ephemeral),
        ]
        if self.one_time:
            agreed.append(self.one_time.exchange(their_ephemeral))
        agreed.append(self.kem.decapsulate(ciphertext))
        one_time = self.one_time and public(self.one_time)
        seen = transcript(
            theirs, identity.public, ephemeral, public(self.signed), one_time, public(self.kem), ciphertext
        )
        return root_key(agreed, seen)


def initiate(identity, bundle):
    """Gives a header, the root key and the responder's first ratchet key."""
    theirs = unbase64(bundle["identity_key"])
    signed, kem = (unbase64(bundle[key]["public_key"]) for key in ("signed_prekey", "kem_prekey"))
    by = Ed25519PublicKey.from_public_bytes(theirs[:32])
    by.verify(unbase64(bundle["signed_prekey"]["signature"]), SIGNED_TAG + theirs + signed)
    by.verify(unbase64(bundle["kem_prekey"]["signature"]), KEM_TAG + theirs + kem)
    one_time = bundle["one_time_prekey"]
    one_time_key = one_time and unbase64(one_time["public_key"])
    ephemeral = X25519PrivateKey.generate()
    their_signed = X25519PublicKey.from_public_bytes(signed)
    agreed = [
        identity.agreement.exchange(their_signed),
        ephemeral.exchange(X25519PublicKey.from_public_bytes(theirs[32:])),
        ephemeral.exchange(their_signed),
    ]
    if one_time:
        agreed.append(ephemeral.exchange(X25519PublicKey.from_public_bytes(one_time_key)))
    shared, ciphertext = MLKEM1024PublicKey.from_public_bytes(kem).encapsulate()
    agreed.append(shared)
    seen = transcript(identity.public, theirs, public(ephemeral), signed, one_time_key, kem, ciphertext)
    ids = (bundle["signed_prekey"]["key_id"], bool(one_time), one_time["key_id"] if one_time else 0)
    ids = struct.pack(">IBII", *ids, bundle["kem_prekey"]["key_id"])
    return identity.public + public(ephemeral) + ids + ciphertext, root_key(agreed, seen), signed


# --- the Double Ratchet with Olm's parameters and messages


def varint(number):
    head = b""
    while number > 127:
        head, number = head + bytes([number & 127 | 128]), number >> 7
    return head + bytes([number])


def read_varint(raw, at):
    number, shift = 0, 0
    while True:
        number |= (raw[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if raw[at - 1] < 128:
            return number, at


def ciphertext_field(length):
    return b"\x22" + varint(length)


class RootKdf(kdf_hkdf.KDF):
    @staticmethod
    def _get_hash_function():
        return HashFunction.SHA_256

    @staticmethod
    def _get_info():
        return b"OLM_RATCHET"


class ChainKdf(kdf_separate_hmacs.KDF):
    @staticmethod
    def _get_hash_function():
        return HashFunction.SHA_256


class Aead(aead_aes_hmac.AEAD):
    """AES-256-CBC and HMAC-SHA-256; Olm's MAC is over the whole message, the ciphertext's length too."""

    @staticmethod
    def _get_hash_function():
        return HashFunction.SHA_256

    @staticmethod
    def _get_info():
        return b"OLM_KEYS"

    @classmethod
    async def encrypt(cls, plaintext, key, associated_data):
        length = (len(plaintext) // 16 + 1) * 16
        return await super().encrypt(plaintext, key, associated_data + ciphertext_field(length))

    @classmethod
    async def decrypt(cls, ciphertext, key, associated_data):
        length = len(ciphertext) - MAC_BYTES
        return await super().decrypt(ciphertext, key, associated_data + ciphertext_field(length))


class Ratchet(DoubleRatchet):
    @staticmethod
    def _build_associated_data(associated_data, header):
        return bytes([OLM_VERSION]) + b"\x0a\x20" + header.ratchet_pub + b"\x10" + varint(header.sending_chain_length)


PARAMETERS = (DiffieHellmanRatchet, RootKdf, ChainKdf, b"\x02\x01", 1000, 1000, Aead)


def read_olm(raw):
    assert raw[0] == OLM_VERSION and raw[1:3] == b"\x0a\x20" and raw[35] == 0x10
    index, at = read_varint(raw, 36)
    assert raw[at] == 0x22
    length, at = read_varint(raw, at + 1)
    assert len(raw) == at + length + MAC_BYTES
    return EncryptedMessage(header=Header(raw[3:35], 0, index), ciphertext=raw[at:])


def write_olm(message):
    head = Ratchet._build_associated_data(b"", message.header)
    return head + ciphertext_field(len(message.ciphertext) - MAC_BYTES) + message.ciphertext


class Session:
    """One side of a conversation; `header` is there as long as the peer has not answered."""

    def __init__(self, ratchet, header=None):
        self.ratchet, self.header = ratchet, header

    @classmethod
    async def begin(cls, identity, bundle, content, place):
        header, root, their_ratchet = initiate(identity, bundle)
        plain = plaintext(content, place)
        ratchet, message = await Ratchet.encrypt_initial_message(*PARAMETERS, root, their_ratchet, plain, b"")
        session = cls(ratchet, header)
        return session, session._text(message)

    @classmethod
    async def join(cls, identity, prekeys, text, place):
        raw = unbase64(text)
        assert raw[0] == FIRST
        root = prekeys.respond(identity, raw[1 : 1 + HEADER_BYTES])
        own = prekeys.signed.private_bytes_raw()
        message = read_olm(raw[1 + HEADER_BYTES :])
        ratchet, plain = await Ratchet.decrypt_initial_message(*PARAMETERS, root, own, message, b"")
        return cls(ratchet), content_of(plain, place)

    async def encrypt(self, content, place):
        return self._text(await self.ratchet.encrypt_message(plaintext(content, place), b""))

    async def decrypt(self, text, place):
        raw = unbase64(text)
        at = 1 + HEADER_BYTES if raw[0] == FIRST else 1
        plain = await self.ratchet.decrypt_message(read_olm(raw[at:]), b"")
        self.header = None
        return content_of(plain, place)

    def _text(self, message):
        kind = bytes([FIRST]) + self.header if self.header else bytes([SESSION])
        return base64(kind + write_olm(message))


# --- safety numbers


def half(user, keys):
    keys = b"".join(sorted(set(keys)))
    made = hashlib.sha512(b"\0\1" + keys + user.encode()).digest()
    for _ in range(5199):
        made = hashlib.sha512(made + keys).digest()
    return made[:30]


def safety_number(one, other):
    """Gives the 60 digits of two people, each (user, keys)."""
    halves = b"".join(sorted([half(*one), half(*other)]))
    groups = (int.from_bytes(halves[at : at + 5], "big") % 100_000 for at in range(0, 60, 5))
    return "".join(f"{group:05}" for group in groups)
