#!/bin/bash
# One run of the whole comparison, interleaved: every round, each server in turn goes through every
# scenario, alone on the machine. Results: target/bench/results.jsonl and report.md.
#
#   bench/run.sh [PART...]      PART: peers scale people groups media client lambda (default: all)
#
# ROUNDS=3  SECS=8 of each measurement  PEERS="heliographd ejabberd relay-mem relay-sqlite-full"
# SCENARIOS="latency throughput receipts group offline kill idle"  STEPS=1000,5000,10000 of idle
# MESSAGES=1000000 in the client's store  SEEDS=20 conversations whose programs are killed
# SCALE="1000+0 1000000+0 1000000+1000000" users' rows + messages that wait for others
set -eu
cd "$(dirname "$0")/.."
ROOT=$PWD
OUT=${OUT:-$ROOT/target/bench}
export RUN=${RUN:-$OUT/run}
RESULTS=$OUT/results.jsonl
ROUNDS=${ROUNDS:-3} SECS=${SECS:-8} STEPS=${STEPS:-1000,5000,10000}
PEERS=${PEERS:-heliographd ejabberd relay-mem relay-sqlite-full}
SCENARIOS=${SCENARIOS:-latency throughput receipts group offline kill idle}
SCALE=${SCALE:-1000+0 1000000+0 1000000+1000000}
mkdir -p "$RUN"
ulimit -n "$(ulimit -Hn)"
exec 9>/tmp/heliograph-bench.lock
flock -n 9 || { echo "another run is under way on this machine" >&2; exit 1; }

say() { printf '%s %s\n' "$(date +%H:%M:%S)" "$*" >&2; }
now_ms() { date +%s%3N; }
peer() { "$ROOT/bench/peers/$PEER.sh" "$@" 9>&-; } # servers must not keep the lock
noise() { python3 bench/machine.py noise "$RUN" "$1" | tee -a "$RESULTS"; }

# load SCENARIO ARGS...: the load generator against the current peer
load() {
  # shellcheck disable=SC2046
  timeout 300 target/release/peerbench $(peer args) --pids "$(peer pid)" --label "$LABEL" \
    --json "${JSON:-$RESULTS}" "$@" || say "$LABEL: $* failed"
}

# Users: 0-199 talk, 0-255 are a group, 300-409 are the offline scenarios', 0-9999 sit idle.
register() { [ "$PEER" = "${PEER#relay}" ] && load register --users "$1" --conc 32 >/dev/null; true; }
latency() { load latency --pairs 10 --rate 100 --secs "$SECS"; }
throughput() { load throughput --pairs 100 --window 4 --secs "$SECS"; }
receipts() { load throughput --pairs 100 --window 4 --secs "$SECS" --receipts; }
offline() {
  NUMBER=$((NUMBER + 1))
  load --base 300 offline-store --run $NUMBER
  load --base 300 offline-drain --run $NUMBER
}
# Between store and drain the server dies; the drain's clients knock while it starts again.
kill_and_drain() {
  NUMBER=$((NUMBER + 1))
  load --base 300 offline-store --run $NUMBER
  peer kill9
  local started
  started=$(now_ms)
  peer spawn
  load --base 300 offline-drain --run $NUMBER --started-at-ms "$started"
}
# Of a freshly started server; ejabberd has rooms for this only, once with an archive, as ours keeps
# what is sent to a group, and once without.
group() {
  peer stop
  ROOMS=kept peer start
  paced_and_back_to_back
  peer stop
  if [ "$PEER" = ejabberd ]; then
    ROOMS=unkept peer start
    LABEL="ejabberd, no archive" paced_and_back_to_back
    peer stop
  fi
  peer start
}
paced_and_back_to_back() {
  load group --interval-ms 200 --secs $((2 * SECS)) "$@"
  load group --secs "$SECS" "$@"
}
idle() {
  peer start
  register "${STEPS##*,}"
  peer stop # what registering left in memory is not a connection's
  peer start
  load idle --steps "$STEPS"
}

# turn SCENARIO...: the current peer's turn in a round
turn() {
  say "$LABEL: $*"
  peer start
  register 410
  for scenario in "$@"; do
    case $scenario in kill) kill_and_drain ;; *) $scenario ;; esac
  done
  peer stop
}

peers() {
  for PEER in $PEERS; do peer wipe; done
  local order=$PEERS
  for round in $(seq "$ROUNDS"); do
    noise "before round $round"
    for PEER in $order; do LABEL=$PEER turn $SCENARIOS; done
    order="${order#* } ${order%% *}" # nobody is always first
  done
  noise "after the peers"
}

# The same server over few and over many users' rows, and over messages that wait for others.
scale() {
  PEER=heliographd
  for size in $SCALE; do
    export DATA=heliographd-$size
    fill "${size%+*}" "${size#*+}"
  done
  for round in $(seq "$ROUNDS"); do
    for size in $SCALE; do
      export DATA=heliographd-$size
      LABEL=$DATA turn latency throughput offline offline offline kill
    done
  done
  unset DATA
  noise "after scale"
}

# What the peers have not: keys, presence, contacts. Users: 0-1000, in ranges of the scenarios' own.
people() {
  PEER=heliographd LABEL=heliographd
  export DATA=heliographd-people
  peer wipe
  for round in $(seq "$ROUNDS"); do
    noise "before round $round of people"
    say "$LABEL: keys presence contacts"
    peer start
    register 1001
    NUMBER=$((NUMBER + 1))
    load keys --secs "$SECS" --run $NUMBER
    NUMBER=$((NUMBER + 1))
    load keys --secs "$SECS" --run $NUMBER --pool 1
    load presence
    load contacts --found 25
    load contacts --found 500
    peer stop
  done
  unset DATA
}

# Groups of several sizes, among others that nobody writes to, and many that are written to in turn.
groups() {
  PEER=heliographd LABEL=heliographd-groups
  export DATA=heliographd-groups
  for round in $(seq "$ROUNDS"); do
    noise "before round $round of groups"
    say "$LABEL: round $round"
    peer wipe
    peer start
    register 640
    # What is compared follows on what it is compared with, and the other way round: the machine changes its
    # speed, and a store gets older.
    paced_and_back_to_back --members 16
    for shape in "" "--groups 20 --same" "--groups 20" "--groups 20" "--groups 20 --same" ""; do
      paced_and_back_to_back --members 32 $shape
    done
    paced_and_back_to_back --members 64
    for shape in "" "--others 200" "--others 200" ""; do paced_and_back_to_back $shape; done
    paced_and_back_to_back --members 64
    peer stop
  done
  unset DATA
}

# Files: the client's kit, and a file of 100 MiB put to ours and to a plain file server in turn.
media() {
  PEER=heliographd LABEL=heliographd
  export DATA=heliographd-media
  noise "before media"
  target/release/examples/media_bench | sed 's/^{/{"scenario":"media-kit","label":"client",/' | tee -a "$RESULTS"
  peer wipe
  peer start
  bench/peers/nginx.sh start 9>&-
  register 1
  load media --rounds $((2 * ROUNDS)) --plain-url "$(bench/peers/nginx.sh args)" --folder "$RUN/media-client"
  bench/peers/nginx.sh stop # its workers outlive a master that is killed
  bench/peers/nginx.sh wipe
  peer stop
  peer wipe
  unset DATA
}

# fill USERS MESSAGES: the messages wait for a thousand users whom nobody else writes to
fill() {
  say "filling: $1 users, $2 messages"
  peer wipe
  peer preload "$1"
  [ "$2" = 0 ] && return
  peer start
  LABEL=filling JSON=/dev/null load --base 20000 register --users 1010
  LABEL=filling JSON=/dev/null load --base 20000 offline-store --users 1000 --total "$2"
  peer stop
}

# The client: its encryption and its store alone, then whole, from phone to phone.
client() {
  noise "before the client"
  say "client"
  as() { sed "s/^{/{\"scenario\":\"$1\",\"label\":\"client\",/" | tee -a "$RESULTS"; }
  target/release/examples/e2ee_bench | as client-e2ee
  for round in $(seq "$ROUNDS"); do
    for how in "" --unanswered; do target/release/drain $how | as client-drain; done
  done
  deploy/chromium.sh && deploy/clang.sh && rustup target add wasm32-unknown-unknown >/dev/null
  tests/browser/run.sh --drain | as client-browser
  target/release/killed --seeds "${SEEDS:-20}" | as client-killed
  target/release/examples/store_bench "${MESSAGES:-1000000}" | as client-store
  for _ in $(seq "$ROUNDS"); do target/release/examples/group_bench | as client-group; done
}

lambda() { bash bench/lambda.sh "$RESULTS"; }

# Whatever ends this script ends the server that it has started.
end_server() { for file in "$RUN"/*.pid; do [ -e "$file" ] && kill "$(cat "$file")" || true; done; }
trap end_server EXIT

NUMBER=0
bash bench/peers/install.sh
cargo build --release -p heliograph-bench -p heliographd
cargo build --release -p heliograph-client --example media_bench --example e2ee_bench --example store_bench \
  --example group_bench
cargo build --release -p heliograph-tests --bins
[ -e "$RESULTS" ] && mv "$RESULTS" "$OUT/results.previous.jsonl"
python3 bench/machine.py machine "$RUN" | tee "$RESULTS"
for part in "${@:-peers scale people groups media client lambda}"; do for one in $part; do $one; done; done
python3 bench/report.py "$RESULTS" >"$OUT/report.md"
say "written: target/bench/report.md"
