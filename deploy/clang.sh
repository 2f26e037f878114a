#!/bin/sh
# Installs what SQLite is built with for browsers, where it is missing and this may: clang, of which WebAssembly
# is a target, and its archiver.
set -eu

command -v clang >/dev/null && command -v llvm-ar >/dev/null && exit 0
exec "$(dirname "$0")/apt.sh" "clang is missing" clang llvm
