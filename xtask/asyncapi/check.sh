#!/bin/sh
# Validates docs/asyncapi.yaml with the AsyncAPI parser; installs it on first use.
set -eu
cd "$(dirname "$0")"
[ -d node_modules ] || npm ci
exec node check.mjs ../../docs/asyncapi.yaml
