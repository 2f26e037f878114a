#!/bin/sh
# Runs the client in headless Chromium: the one that CHROMIUM names, or the one that is installed.
#   tests/browser/run.sh           its tests, on a heliographd
#   tests/browser/run.sh --aws     chats alone, on the stack of deploy/aws-up.sh
#   tests/browser/run.sh --drain   how fast it is, and how large
set -eu
cd "$(dirname "$0")"
chromium=$(command -v "${CHROMIUM:-chromium}") || {
    echo "Chromium is missing (Debian: apt-get install chromium; elsewhere: set CHROMIUM)" >&2
    exit 1
}
profile=dev folder=debug AWS_STACK=
test="node --test --test-reporter=spec --test-concurrency=1"
case ${1:-} in
    '') run="$test browser.test.mjs photos.test.mjs transfers.test.mjs stores.test.mjs chats.test.mjs crashes.test.mjs" ;;
    --aws) run="$test chats.test.mjs" AWS_STACK=$PWD/../../.run/aws/ready.json ;;
    --drain) run="node drain.mjs" profile=release folder=release ;;
    *) sed -n 's/^#  *\(tests.*\)/\1/p' "$0" >&2; exit 2 ;;
esac

target=$(cargo metadata --format-version 1 --no-deps | node -p 'JSON.parse(fs.readFileSync(0)).target_directory')
cargo build --quiet --profile $profile -p heliographd -p heliograph-cli
cargo build --quiet --profile $profile -p heliograph-browser-tests --target wasm32-unknown-unknown
cargo run --quiet -p xtask -- bindgen \
    "$target/wasm32-unknown-unknown/$folder/heliograph_browser_tests.wasm" "$target/browser-tests/$folder"
export AWS_STACK CHROMIUM="$chromium" MODULE="$target/browser-tests/$folder" PROGRAMS="$target/$folder"
exec $run
