"""The client's own device, as a process that speaks lines of JSON."""

import json
import pathlib
import subprocess

import pytest

from heliograph import base64, unbase64

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = ["cargo", "build", "--quiet", "-p", "heliograph-client", "--example", "e2ee_peer", "--message-format", "json"]


class Peer:
    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def do(self, command, **fields):
        """Gives the answer, which is an `error` at times."""
        print(json.dumps({"do": command, **fields}), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def encrypt(self, content, place):
        return self.do("encrypt", content=base64(content), place=place.json())["ciphertext"]

    def decrypt(self, ciphertext, place):
        answer = self.do("decrypt", ciphertext=ciphertext, place=place.json())
        return unbase64(answer["content"])

    def end(self):
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()


@pytest.fixture(scope="session")
def executable():
    built = subprocess.run(BUILD, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    messages = (json.loads(line) for line in built.stdout.splitlines())
    paths = [message["executable"] for message in messages if message.get("executable")]
    return paths[-1]


@pytest.fixture
def peer(executable):
    peer = Peer(executable)
    yield peer
    peer.end()
