#!/usr/bin/env bash
# Runs a command with a Docker engine that has compose v2: the one that runs; else one beside the checkout, at
# ../shared/engine, if there is one, which is started for it and stopped after it. The command reads from DOCKER which
# client to use, and by COMPOSE_BUILD what builds images (before which compose's options are put).
set -euo pipefail
cd "$(dirname "$0")/../.."

if docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1; then
    exec env DOCKER=docker COMPOSE_BUILD= "$@"
fi

beside="$(cd .. && pwd)/shared/engine"
if [ ! -x "$beside/up.sh" ]; then
    echo "No Docker engine with compose v2 answers (docker info, docker compose version): the deployed stack is not tested." >&2
    exit 0
fi

# Outside of the checkout, and kept: the second start takes a second.
export ENGINE_STATE="${ENGINE_STATE:-${TMPDIR:-/tmp}/indicaonline-engine}"
if ! "$beside/dc" info >/dev/null 2>&1; then
    trap '"$beside/down.sh"' EXIT
fi
"$beside/up.sh"
env DOCKER="$beside/dc" COMPOSE_BUILD="$beside/build.sh" "$@"
