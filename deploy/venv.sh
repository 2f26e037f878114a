#!/usr/bin/env bash
# Makes .venv what deploy/requirements.txt says, and does nothing when it is that already.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=$(sha256sum deploy/requirements.txt | cut -d' ' -f1)-$(python3 -c 'import sys; print(*sys.version_info[:2])')
if [[ -f .venv/stamp && $(<.venv/stamp) == "$wanted" ]]; then
    exit 0
fi

if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "deploy/venv.sh: needs Python 3.11 or newer (Debian: apt-get install python3 python3-venv)" >&2
    exit 1
fi
echo "making .venv, once (0.8 GB: SAM CLI, cargo-lambda with zig, ministack)" >&2
python3 -m venv --clear .venv
# --no-deps: the file lists everything there is, and pip would refuse the override in overrides.txt.
.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-compile -r deploy/requirements.txt
echo "$wanted" >.venv/stamp
