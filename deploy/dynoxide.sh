#!/bin/sh
# Installs dynoxide, the in-memory DynamoDB that the tests of shared/aws run against, into .tools.
# A program of its own and not a dependency: its libsqlite3-sys cannot be linked beside ours.
set -eu

version=3.2.0
root=$(cd "$(dirname "$0")/.." && pwd)/.tools

# Cargo's own record of what it installed, so that an up-to-date tree costs one grep.
if [ -x "$root/bin/dynoxide" ] && grep -q "\"dynoxide-rs $version " "$root/.crates.toml"; then
    exit 0
fi

exec cargo install "dynoxide-rs@$version" --locked --root "$root" \
    --no-default-features --features native-sqlite,http-server,cli
