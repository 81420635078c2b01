#!/usr/bin/env bash
# The speed of decision cores, from a release build of its own: every tests/bench/*_decide.c.
set -euo pipefail
cd "$(dirname "$0")/../.."
programs=()
for source in tests/bench/*_decide.c; do programs+=("$(basename "$source" .c)"); done
{ cmake -S . -B .build/bench -G Ninja -DHO_PRESET=release -DHO_TESTS=ON && ninja -C .build/bench "${programs[@]}"; } >/dev/null
for program in "${programs[@]}"; do
  echo "$program"
  ".build/bench/tests/$program"
done
