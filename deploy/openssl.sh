#!/bin/sh
# Installs OpenSSL's headers where they are missing and this may: the client's store is SQLCipher, which encrypts
# by libcrypto.
set -eu

has() { echo '#include <openssl/evp.h>' | cc -E - >/dev/null 2>&1; }
has && exit 0
exec "$(dirname "$0")/apt.sh" "OpenSSL's headers are missing" libssl-dev
