#!/bin/bash
# Ours. DATA: name of the data directory under the run directory, of the process, and of the file of
# registered users.
. "$(dirname "$0")/lib.sh"
NAME=${DATA:-heliographd} PORT=18080
ARGS="--driver heliograph --addr 127.0.0.1:$PORT --accounts $RUN/$NAME.jsonl"

spawn() {
  mkdir -p "$RUN/$NAME"
  run "$BIN/heliographd" --listen "127.0.0.1:$PORT" --data "$RUN/$NAME" --dev --no-limits
}

# preload N: the rows of N users (nobody we connect as), before the first start
if [ "$1" = preload ]; then
  mkdir -p "$RUN/$NAME"
  exec "$BIN/heliographd" preload --data "$RUN/$NAME" --users "$2"
fi
peer_main "$@"
