#!/usr/bin/env bash
# Builds heliographd, starts it unless it runs already, and lets two people talk on it.
#   LISTEN=127.0.0.1:8080     another address
set -euo pipefail
cd "$(dirname "$0")/.."

listen=${LISTEN:-127.0.0.1:8080}
state=.run/one-machine
command -v cargo >/dev/null || { echo "Rust is missing: https://rustup.rs" >&2; exit 1; }
command -v cc >/dev/null || { echo "a C compiler is missing (Debian: apt-get install build-essential)" >&2; exit 1; }

deploy/openssl.sh
cargo build --release -p heliographd -p heliograph-cli -p heliograph-tests --bins

mkdir -p "$state"
if ! { [[ -f $state/pid ]] && kill -0 "$(<"$state/pid")" 2>/dev/null; }; then
    setsid target/release/heliographd --listen "$listen" --data "$state/data" --dev \
        >"$state/ready.json" 2>"$state/log" </dev/null &
    echo $! >"$state/pid"
    for _ in {1..100}; do
        [[ -s $state/ready.json ]] && break
        kill -0 "$(<"$state/pid")" 2>/dev/null || { cat "$state/log" >&2; rm "$state/pid"; exit 1; }
        sleep 0.1
    done
fi
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$state/ready.json"; }
target/release/demo "$(field http)" "$(field ws)"
echo
echo "heliographd is running: $(field http) and $(field ws), log in $state/log. \`make down\` stops it."
