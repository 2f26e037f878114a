#!/bin/sh
# Installs Chromium, in which the client is tested, where it is missing and this may. What CHROMIUM names is
# taken instead.
set -eu

command -v "${CHROMIUM:-chromium}" >/dev/null && exit 0
if [ -n "${CHROMIUM:-}" ]; then
    echo "CHROMIUM is no program: $CHROMIUM" >&2
    exit 1
fi
exec "$(dirname "$0")/apt.sh" "Chromium is missing, and CHROMIUM names none" chromium
