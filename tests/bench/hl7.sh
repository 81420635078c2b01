#!/usr/bin/env bash
# The HL7 reader's speed, from a release build of its own; fails below 500 MB/s of one core.
set -euo pipefail
cd "$(dirname "$0")/../.."
{ cmake -S . -B .build/bench -G Ninja -DHO_PRESET=release -DHO_TESTS=ON && ninja -C .build/bench bench_hl7; } >/dev/null
exec .build/bench/tests/bench_hl7
