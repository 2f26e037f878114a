#!/usr/bin/env bash
# Stops the heliographd that up.sh started; its data stays.
set -euo pipefail
cd "$(dirname "$0")/.."

pid_file=.run/one-machine/pid
[[ -f $pid_file ]] || exit 0
pid=$(<"$pid_file")
# The number may belong to somebody else by now.
if grep -qs heliographd "/proc/$pid/cmdline"; then
    kill -TERM "$pid"
    for _ in {1..250}; do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
fi
rm -f "$pid_file"
