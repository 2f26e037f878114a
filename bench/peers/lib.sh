# What the peers' scripts share. Sourced by each; $RUN is the run directory: data, logs, pid files.
BENCH="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
ROOT="$(cd "$BENCH/.." && pwd)"
RUN="${RUN:-$ROOT/target/bench/run}"
BIN="$ROOT/target/release"
mkdir -p "$RUN"
ulimit -n "$(ulimit -Hn)"

# is_up: the peer's process lives
is_up() { [ -f "$RUN/$NAME.pid" ] && kill -0 "$(cat "$RUN/$NAME.pid")" 2>/dev/null; }

# listens: something does, on the peer's port
listens() { (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; }

# wait_until_up: until the peer's own process listens
wait_until_up() {
  for _ in $(seq 1 600); do
    is_up || break
    listens && return 0
    sleep 0.05
  done
  echo "$NAME does not come up; see $RUN/$NAME.log" >&2
  return 1
}

# port_is_free: or we would measure somebody else's server
port_is_free() {
  listens || return 0
  echo "$NAME: port $PORT is taken" >&2
  return 1
}

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
    start) is_up || { port_is_free && spawn && wait_until_up; } ;;
    stop) end TERM ;;
    kill9) end KILL ;;
    pid) cat "$RUN/$NAME.pid" ;;
    wipe) end KILL; rm -rf "${RUN:?}/$NAME" "$RUN/$NAME.log" "$RUN/$NAME.jsonl" ;;
    *) echo "usage: $0 args|spawn|start|stop|kill9|pid|wipe" >&2; exit 2 ;;
  esac
}
