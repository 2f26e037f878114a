#!/usr/bin/env bash
# Puts template.yaml, unchanged, into a local AWS and prints one line of JSON when it is ready (deploy/README.md).
#   deploy/aws-up.sh [--functions DIR]     DIR/<function>/bootstrap are used as they are, nothing is built
#   HELIOGRAPH_LAMBDA_PROFILE=release      builds with another cargo profile than dev
set -euo pipefail
cd "$(dirname "$0")/.."

functions=
while (($#)); do
    case $1 in
        --functions) functions=${2:?--functions needs a folder}; shift 2 ;;
        *) echo "usage: deploy/aws-up.sh [--functions DIR]" >&2; exit 2 ;;
    esac
done

deploy/venv.sh
deploy/aws-down.sh

if [[ -z $functions ]]; then
    functions=.run/aws/functions
    packages=()
    for folder in functions/*/; do packages+=(-p "heliograph-$(basename "$folder")"); done
    # For this machine, with its own linker: zig is only for crossing over to Lambda's. dev: nobody times this stack.
    PATH="$PWD/.venv/bin:$PATH" cargo lambda build --quiet --compiler cargo --bins "${packages[@]}" \
        --profile "${HELIOGRAPH_LAMBDA_PROFILE:-dev}" --target "$(rustc -vV | sed -n 's/^host: //p')" \
        --lambda-dir "$functions" >&2
fi

exec .venv/bin/python deploy/aws_up.py --functions "$functions"
