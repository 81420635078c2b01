#!/usr/bin/env bash
# Identity's memory for a member (fails at 600 bytes) and its messages a second, from a release build of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."
{ cmake -S . -B .build/bench -G Ninja -DHO_PRESET=release -DHO_TESTS=ON && ninja -C .build/bench bench_identity; } >/dev/null
exec .build/bench/tests/bench_identity
