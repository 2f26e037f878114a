"""Prints a device as registration wants it: a real identity and real signatures (Ed25519, RFC 8032 §5.1), since the
server checks those; the other keys are random bytes, with which nobody can talk. Slow and not in constant time."""
import base64
import hashlib
import json
import os

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
BASE_Y = 4 * pow(5, -1, P) % P
BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, point):
    product = (0, 1, 1, 0)
    while n:
        if n & 1:
            product = add(product, point)
        point, n = add(point, point), n >> 1
    return product


def packed(point):
    x, y = (point[i] * pow(point[2], -1, P) % P for i in (0, 1))
    return (y | (x & 1) << 255).to_bytes(32, "little")


def number(data):
    return int.from_bytes(hashlib.sha512(data).digest(), "little") % L


class Identity:
    def __init__(self, seed):
        digest = hashlib.sha512(seed).digest()
        self.scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
        self.prefix = digest[32:]
        self.ed25519 = packed(times(self.scalar, BASE))
        self.public = self.ed25519 + os.urandom(32)  # and an X25519 key

    def sign(self, message):
        nonce = number(self.prefix + message)
        point = packed(times(nonce, BASE))
        scalar = (nonce + number(point + self.ed25519 + message) * self.scalar) % L
        return point + scalar.to_bytes(32, "little")

    def signed(self, tag, key_id, size):
        key = os.urandom(size)
        signature = self.sign(tag + self.public + key)
        return {"key_id": key_id, "public_key": text(key), "signature": text(signature)}


def text(data):
    return base64.b64encode(data).decode().rstrip("=")


def keys(identity):
    kem = b"heliograph-kem-prekey-v1"
    return {
        "identity_key": text(identity.public),
        "signed_prekey": identity.signed(b"heliograph-signed-prekey-v1", 1, 32),
        "last_resort_kem_prekey": identity.signed(kem, 1, 1568),
        "one_time_prekeys": [{"key_id": n, "public_key": text(os.urandom(32))} for n in range(1, 11)],
        "one_time_kem_prekeys": [identity.signed(kem, n, 1568) for n in range(2, 12)],
    }


if __name__ == "__main__":
    print(json.dumps({"name": "example", "registration_id": 1, "keys": keys(Identity(os.urandom(32)))}))
