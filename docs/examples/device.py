"""Prints a device as registration wants it: random bytes of the right lengths, nothing that decrypts."""
import base64
import json
import os


def random(n):
    return base64.b64encode(os.urandom(n)).decode().rstrip("=")


def signed(key_id, n):
    return {"key_id": key_id, "public_key": random(n), "signature": random(64)}


keys = {
    "identity_key": random(64),
    "signed_prekey": signed(1, 32),
    "last_resort_kem_prekey": signed(1, 1568),
    "one_time_prekeys": [{"key_id": n, "public_key": random(32)} for n in range(1, 11)],
    "one_time_kem_prekeys": [signed(n, 1568) for n in range(2, 12)],
}
print(json.dumps({"name": "example", "registration_id": 1, "keys": keys}))
