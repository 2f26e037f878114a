#!/usr/bin/env bash
# Stops the local AWS that aws-up.sh started, with its functions, and forgets its state. Fine when there is none.
set -euo pipefail
cd "$(dirname "$0")/.."

state=${HELIOGRAPH_AWS_STATE:-.run/aws}
pid_file=$state/pid
[[ -f $pid_file ]] || exit 0
pid=$(<"$pid_file")
# The number may belong to somebody else by now.
if grep -qs local_aws.py "/proc/$pid/cmdline"; then
    kill -TERM -- "-$pid"
    for _ in {1..50}; do
        kill -0 -- "-$pid" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL -- "-$pid" 2>/dev/null || true
fi
rm -rf "$pid_file" "$state/tmp" "$state/ready.json"
