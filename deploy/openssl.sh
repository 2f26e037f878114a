#!/bin/sh
# Installs OpenSSL's headers where they are missing and this may: the client's store is SQLCipher, which encrypts
# by libcrypto.
set -eu

has() { echo '#include <openssl/evp.h>' | cc -E - >/dev/null 2>&1; }
has && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "OpenSSL's headers are missing (Debian: apt-get install libssl-dev)" >&2
    exit 1
fi
# Somebody else may be installing something.
get() { DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 "$@"; }
get update -qq
get install -qq -y --no-install-recommends libssl-dev >/dev/null
