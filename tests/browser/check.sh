#!/bin/sh
# Tests the client in headless Chromium: the one that CHROMIUM names, or the one that is installed. Further
# arguments are for node's test runner.
set -eu
cd "$(dirname "$0")"
chromium=$(command -v "${CHROMIUM:-chromium}") || {
    echo "Chromium is missing (Debian: apt-get install chromium; elsewhere: set CHROMIUM)" >&2
    exit 1
}

target=$(cargo metadata --format-version 1 --no-deps | node -p 'JSON.parse(fs.readFileSync(0)).target_directory')
cargo build --quiet -p heliographd -p heliograph-cli
cargo build --quiet -p heliograph-browser-tests --target wasm32-unknown-unknown
cargo run --quiet -p xtask -- bindgen \
    "$target/wasm32-unknown-unknown/debug/heliograph_browser_tests.wasm" "$target/browser-tests"
CHROMIUM=$chromium MODULE=$target/browser-tests PROGRAMS=$target/debug exec node --test --test-reporter=spec \
    --test-concurrency=1 "$@" browser.test.mjs photos.test.mjs transfers.test.mjs chats.test.mjs
