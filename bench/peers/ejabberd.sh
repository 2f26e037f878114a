#!/bin/bash
# ejabberd as Debian packages it, its data under the run directory, no Erlang distribution. ROOMS: kept
# for rooms whose messages are archived, unkept for rooms whose messages are not, nothing for no rooms.
. "$(dirname "$0")/lib.sh"
NAME=ejabberd PORT=15222
ARGS="--driver xmpp --addr 127.0.0.1:$PORT"

spawn() {
  mkdir -p "$RUN/$NAME/db" "$RUN/$NAME/log"
  cd "$RUN/$NAME" || exit
  cp "$BENCH"/peers/ejabberd*.yml . # includes are looked for here
  [ "${ROOMS:-}" = unkept ] && sed -i 's/mam: true/mam: false/' ejabberd-rooms.yml
  export ERL_LIBS="/usr/lib/$(uname -m)-linux-gnu" HOME="$RUN/$NAME" SPOOL_DIR="$RUN/$NAME/db"
  export EJABBERD_CONFIG_PATH="$PWD/ejabberd${ROOMS:+-rooms}.yml" ERL_CRASH_DUMP_BYTES=0
  export EJABBERD_LOG_PATH="$RUN/$NAME/log/ejabberd.log"
  run erl -noinput +K true +P 500000 +Q 200000 -start_epmd false \
    -mnesia dir "\"$RUN/$NAME/db\"" -s ejabberd
}

peer_main "$@"
