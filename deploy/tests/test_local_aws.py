"""The local stack keeps AWS's manners where the template relies on them (deploy/local_aws.py).

What AWS does is said in its documentation, not measured here: docs/gaps.md lists what was never tried on AWS itself.
"""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect


@pytest.fixture(scope="module")
def stack(root, functions, tmp_path_factory):
    """template.yaml in a local stack of its own, with stub.py as every function."""
    folder = tmp_path_factory.mktemp("aws")
    for name in functions:
        bootstrap = folder / name / "bootstrap"
        bootstrap.parent.mkdir()
        bootstrap.write_text(f"#!{sys.executable}\n" + (root / "deploy" / "tests" / "stub.py").read_text())
        bootstrap.chmod(0o755)
    environment = {**os.environ, "HELIOGRAPH_AWS_STATE": str(folder / "state")}
    command = [sys.executable, root / "deploy" / "aws_up.py", "--functions", folder]
    try:
        up = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert up.returncode == 0, up.stderr
        yield json.loads(up.stdout)
    finally:
        subprocess.run([root / "deploy" / "aws-down.sh"], env=environment, check=True)


def call(url, method="GET"):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method)) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def socket(stack, token="alice", **more):
    return connect(stack["ws"], additional_headers={"Authorization": token} if token else {}, open_timeout=30, **more)


@pytest.mark.parametrize(
    ("token", "status"),
    [(None, 401), ("revoked", 403), ("fail", 500), ("refuse in connect", 403)],
)
def test_a_refused_handshake_has_its_status(stack, token, status):
    with pytest.raises(InvalidStatus) as refused:
        socket(stack, token)
    assert refused.value.response.status_code == status


def test_a_browser_brings_its_token_as_a_subprotocol(stack):
    with socket(stack, None, subprotocols=["heliograph.v1", "bearer.alice"]) as open_socket:
        assert open_socket.subprotocol == "heliograph.v1"


@pytest.mark.parametrize(
    ("frame", "route", "put"),
    [
        ('{"action":"send"}', "send", "done"),
        ('{"action":"ack"}', "ack", "done"),
        ('{"action":"sync"}', "sync", "AccessDeniedException"),
        ('{"action":"status"}', "status", "AccessDeniedException"),
        ('{"action":"ping"}', "ping", "AccessDeniedException"),
        ('{"action":"keys.fetch"}', "keys.fetch", "AccessDeniedException"),
        ('{"action":"devices.remove"}', "devices.remove", "AccessDeniedException"),
        ('{"action":"contacts.put"}', "contacts.put", "AccessDeniedException"),
        ('{"action":"privacy.get"}', "privacy.get", "AccessDeniedException"),
        ('{"action":"groups.create"}', "groups.create", "AccessDeniedException"),
        ('{"action":"groups.revoke_invite"}', "groups.revoke_invite", "AccessDeniedException"),
        ('{"action":"media.upload"}', "media.upload", "AccessDeniedException"),
        ('{"action":"keys.levitate"}', "$default", "AccessDeniedException"),
        ('{"action":"levitate"}', "$default", "AccessDeniedException"),
        ("no json", "$default", "AccessDeniedException"),
    ],
)
def test_a_frame_reaches_its_function_which_has_its_role_only(stack, frame, route, put):
    with socket(stack) as open_socket:
        open_socket.send(frame)
        first = json.loads(open_socket.recv(30))
        open_socket.send(frame)
        second = json.loads(open_socket.recv(30))
    assert first["routeKey"] == route
    assert first["put"] == put
    assert first["authorizer"]["user_id"] == "alice"
    assert first["connectedAt"] == second["connectedAt"] < second["requestTimeEpoch"]


def test_calls_reach_the_http_api_and_codes_can_be_read(stack):
    phone = urllib.parse.quote("+46701234567")
    assert call(f"{stack['sms']}?phone_number={phone}")[0] == 404
    route = "POST /v1/registrations/{registration_id}/verify"
    answer = call(f"{stack['http']}/v1/registrations/r1/verify", "POST")
    assert answer == (202, {"route": route, "registration_id": "r1"})
    assert call(f"{stack['sms']}?phone_number={phone}") == (200, {"code": "123456"})
    assert call(f"{stack['http']}/v1/account", "DELETE") == (202, {"route": "DELETE /v1/account"})
    assert call(f"{stack['http']}/v1/account")[0] == 404
    assert call(f"{stack['http']}/v1/nothing")[0] == 404


def test_all_tables_are_named(stack):
    names = {"users", "connections", "inbox", "registrations", "limits", "prekeys", "contacts", "subscriptions", "notifications"}
    assert set(stack["tables"]) == names | {"groups", "deliveries", "cleanups", "media"}
