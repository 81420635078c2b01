#!/usr/bin/env bash
# The HL7 reader's speed, from a release build of its own; fails below 500 MB/s of one core.
set -euo pipefail
cd "$(dirname "$0")/../.."
{ cmake -S . -B .build/tools -G Ninja -DHO_PRESET=release -DHO_TESTS=ON && ninja -C .build/tools bench_hl7; } >/dev/null
exec .build/tools/tests/bench_hl7
