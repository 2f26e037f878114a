#!/usr/bin/env bash
# Prints, as shell exports, the environment that a function has on the local AWS of aws-up.sh, for a function that is
# run outside of it:  eval "$(deploy/aws-env.sh)"; cargo lambda watch
set -euo pipefail
cd "$(dirname "$0")/.."

[[ -f .run/aws/ready.json ]] || { echo "deploy/aws-env.sh: start the local AWS first: make aws-up" >&2; exit 1; }
exec .venv/bin/python - <<'PYTHON'
import json
import pathlib
import shlex

import boto3

ready = json.loads(pathlib.Path(".run/aws/ready.json").read_text())
access = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": ready["region"]}
client = boto3.client(
    "lambda",
    endpoint_url=ready["dynamodb"],
    region_name=ready["region"],
    aws_access_key_id="test",
    aws_secret_access_key="test",
)
function = client.get_function_configuration(FunctionName=ready["functions"]["send"])
variables = function["Environment"]["Variables"] | access | {"AWS_ENDPOINT_URL": ready["dynamodb"]}
for name, value in sorted(variables.items()):
    print(f"export {name}={shlex.quote(value)}")
PYTHON
