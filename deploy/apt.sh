#!/bin/sh
# Installs packages where this may, or says what is missing.
#   deploy/apt.sh WHAT PACKAGE...
set -eu

what=$1
shift
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "$what (Debian: apt-get install $*)" >&2
    exit 1
fi
# Somebody else may be installing something.
get() { DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 "$@"; }
get update -qq
get install -qq -y --no-install-recommends "$@" >/dev/null
