#!/bin/sh
# Installs what SQLite is built with for browsers, where it is missing and this may: clang, of which WebAssembly
# is a target, and its archiver.
set -eu

command -v clang >/dev/null && command -v llvm-ar >/dev/null && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "clang is missing (Debian: apt-get install clang llvm)" >&2
    exit 1
fi
# Somebody else may be installing something.
get() { DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 "$@"; }
get update -qq
get install -qq -y --no-install-recommends clang llvm >/dev/null
