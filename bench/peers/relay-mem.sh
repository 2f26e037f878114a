#!/bin/bash
MODE=mem exec "$(dirname "$0")/relay.sh" "$@"
