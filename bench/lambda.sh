#!/bin/bash
# Size and start of the Lambda functions, beside an empty one: `lambda.sh RESULTS`, appended to it.
# The functions are built for this machine; AWS's are for arm64. RUNS=20 starts of each,
# FUNCTIONS="send ack" for some of them only.
set -eu
cd "$(dirname "$0")/.."
RESULTS=$1
FUNCTIONS=${FUNCTIONS:-$(basename -a functions/*/)}
BUILT=target/lambda/release

packages=(-p heliograph-empty-function)
for name in $FUNCTIONS; do packages+=(-p "heliograph-$name"); done
# In that folder, so that its .cargo/config.toml says how, as it does for `sam build`.
(cd functions && cargo build --release --target-dir ../target/lambda --bins "${packages[@]}")

python3 bench/zip_size.py $BUILT empty-function $FUNCTIONS | tee -a "$RESULTS"

environment=()
for table in USERS CONNECTIONS INBOX REGISTRATIONS LIMITS PREKEYS CONTACTS SUBSCRIPTIONS \
  NOTIFICATIONS GROUPS DELIVERIES CLEANUPS; do
  environment+=(--env "HELIOGRAPH_TABLE_$table=heliograph-${table,,}")
done
for queue in PRESENCE NOTIFICATIONS FAN_OUT RECEIPTS; do
  environment+=(--env "HELIOGRAPH_QUEUE_$queue=http://{api}/000000000000/${queue,,}")
done
bootstraps=("empty=$BUILT/empty-function")
for name in $FUNCTIONS; do bootstraps+=("$name=$BUILT/$name"); done
target/release/coldstart --runs "${RUNS:-20}" --json "$RESULTS" \
  --secret "$(printf 'measured%.0s' {1..8})" "${environment[@]}" \
  --env "HELIOGRAPH_WS_ENDPOINT=http://{api}/v1" --env "HELIOGRAPH_ISSUER=https://issuer" \
  --env "HELIOGRAPH_SECRET_ARN=arn:aws:secretsmanager:eu-north-1:000000000000:secret:s" \
  "${bootstraps[@]}"
