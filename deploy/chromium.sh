#!/bin/sh
# Installs Chromium, in which the client is tested, where it is missing and this may. What CHROMIUM names is
# taken instead.
set -eu

command -v "${CHROMIUM:-chromium}" >/dev/null && exit 0
if [ -n "${CHROMIUM:-}" ]; then
    echo "CHROMIUM is no program: $CHROMIUM" >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Chromium is missing (Debian: apt-get install chromium; elsewhere: set CHROMIUM)" >&2
    exit 1
fi
# Somebody else may be installing something.
get() { DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 "$@"; }
get update -qq
get install -qq -y --no-install-recommends chromium >/dev/null
