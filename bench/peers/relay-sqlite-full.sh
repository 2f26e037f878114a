#!/bin/bash
MODE=sqlite-full exec "$(dirname "$0")/relay.sh" "$@"
