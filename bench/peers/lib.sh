# What the peers' scripts share. Sourced by each; $RUN is the run directory: data, logs, pid files.
BENCH="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
ROOT="$(cd "$BENCH/.." && pwd)"
RUN="${RUN:-$ROOT/target/bench/run}"
BIN="$ROOT/target/release"
mkdir -p "$RUN"
ulimit -n "$(ulimit -Hn)"

# wait_port PORT: until something listens there
wait_port() {
  for _ in $(seq 1 600); do
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
    sleep 0.05
  done
  echo "nothing listens on port $1" >&2
  return 1
}

# is_up: the peer's process lives
is_up() { [ -f "$RUN/$NAME.pid" ] && kill -0 "$(cat "$RUN/$NAME.pid")" 2>/dev/null; }

# end SIGNAL: ends the peer's process and waits until it is gone
end() {
  [ -f "$RUN/$NAME.pid" ] || return 0
  local pid
  pid=$(cat "$RUN/$NAME.pid")
  kill "-$1" "$pid" 2>/dev/null
  for _ in $(seq 1 600); do
    kill -0 "$pid" 2>/dev/null || { rm -f "$RUN/$NAME.pid"; return 0; }
    sleep 0.05
  done
  kill -9 "$pid" 2>/dev/null
  rm -f "$RUN/$NAME.pid"
}

# run COMMAND...: in the background, in a session of its own, with its output in the run directory
run() {
  setsid "$@" >>"$RUN/$NAME.log" 2>&1 </dev/null &
  echo $! >"$RUN/$NAME.pid"
}

# The usage of every peer's script. `spawn` does not wait until the server listens.
peer_main() {
  case "$1" in
    args) echo "$ARGS" ;;
    spawn) is_up || spawn ;;
    start) is_up || { spawn && wait_port "$PORT"; } ;;
    stop) end TERM ;;
    kill9) end KILL ;;
    pid) cat "$RUN/$NAME.pid" ;;
    wipe) end KILL; rm -rf "${RUN:?}/$NAME" "$RUN/$NAME.log" "$RUN/$NAME.jsonl" ;;
    *) echo "usage: $0 args|spawn|start|stop|kill9|pid|wipe" >&2; exit 2 ;;
  esac
}
