#!/bin/sh
# Tests the client in headless Chromium: the one that CHROMIUM names, or the one that is installed.
#   tests/browser/check.sh [--aws]     --aws: chats alone, on the stack of deploy/aws-up.sh
set -eu
cd "$(dirname "$0")"
chromium=$(command -v "${CHROMIUM:-chromium}") || {
    echo "Chromium is missing (Debian: apt-get install chromium; elsewhere: set CHROMIUM)" >&2
    exit 1
}
case ${1:-} in
    '') tests="browser.test.mjs photos.test.mjs transfers.test.mjs chats.test.mjs crashes.test.mjs" ;;
    --aws) tests=chats.test.mjs AWS_STACK=$PWD/../../.run/aws/ready.json ;;
    *) echo "usage: tests/browser/check.sh [--aws]" >&2; exit 2 ;;
esac

target=$(cargo metadata --format-version 1 --no-deps | node -p 'JSON.parse(fs.readFileSync(0)).target_directory')
cargo build --quiet -p heliographd -p heliograph-cli
cargo build --quiet -p heliograph-browser-tests --target wasm32-unknown-unknown
cargo run --quiet -p xtask -- bindgen \
    "$target/wasm32-unknown-unknown/debug/heliograph_browser_tests.wasm" "$target/browser-tests"
export CHROMIUM="$chromium" MODULE="$target/browser-tests" PROGRAMS="$target/debug" AWS_STACK="${AWS_STACK:-}"
# One word a file.
# shellcheck disable=SC2086
exec node --test --test-reporter=spec --test-concurrency=1 $tests
