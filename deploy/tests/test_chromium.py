"""Which Chromium the client is tested in (deploy/chromium.sh, tests/browser/run.sh)."""

import subprocess

import pytest


@pytest.fixture
def path(tmp_path):
    """A PATH of few programs: no browser is among them, and none that installs one."""
    (tmp_path / "bin").mkdir()
    for name, body in {
        "apt-get": "echo installed >&2; exit 1",
        "cargo": "",
        "dirname": 'exec /usr/bin/dirname "$@"',
        "id": "echo 0",
        "node": 'echo "tested in ${CHROMIUM:-none}"',
    }.items():
        program(tmp_path / "bin" / name, body)
    return tmp_path / "bin"


def program(file, body):
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)


def run(script, path, **environment):
    environment = {"PATH": str(path), **environment}
    return subprocess.run([script], env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_the_one_that_is_named_is_taken(root, path, tmp_path):
    named = tmp_path / "chrome"
    program(named, "")
    installed = run(root / "deploy" / "chromium.sh", path, CHROMIUM=str(named))
    assert (installed.returncode, installed.stderr) == (0, "")
    tested = run(root / "tests" / "browser" / "run.sh", path, CHROMIUM=str(named))
    assert tested.stdout.splitlines()[-1:] == [f"tested in {named}"], tested.stderr


def test_the_one_that_is_installed_is_taken(root, path):
    program(path / "chromium", "")
    assert run(root / "deploy" / "chromium.sh", path).returncode == 0
    tested = run(root / "tests" / "browser" / "run.sh", path)
    assert tested.stdout.splitlines()[-1:] == [f"tested in {path / 'chromium'}"], tested.stderr


def test_one_that_is_named_and_is_none_is_told_of(root, path):
    installed = run(root / "deploy" / "chromium.sh", path, CHROMIUM="/no/browser")
    assert (installed.returncode, installed.stderr) == (1, "CHROMIUM is no program: /no/browser\n")


def test_where_somebody_else_installs_it_is_waited_for(root, path, tmp_path):
    program(path / "apt-get", f'echo "$@" >>{tmp_path}/asked')
    assert run(root / "deploy" / "chromium.sh", path).returncode == 0
    asked = (tmp_path / "asked").read_text().splitlines()
    assert [line.split()[:2] for line in asked] == [["-o", "DPkg::Lock::Timeout=120"]] * 2, asked
