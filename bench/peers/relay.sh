#!/bin/bash
# The floor (src/bin/relay). MODE: mem | sqlite-full
. "$(dirname "$0")/lib.sh"
MODE=${MODE:-mem} NAME=relay-$MODE PORT=19000
ARGS="--driver wsjson --addr 127.0.0.1:$PORT"

spawn() {
  mkdir -p "$RUN/$NAME"
  run "$BIN/relay" --mode "$MODE" --addr "127.0.0.1:$PORT" --path "$RUN/$NAME/relay.db"
}

peer_main "$@"
