#!/usr/bin/env bash
# The speed of decoding beside avro-c, from a release build of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."
{ cmake -S . -B .build/tools -G Ninja -DHO_PRESET=release -DHO_TESTS=ON && ninja -C .build/tools avro_decode; } >/dev/null
exec .build/tools/tests/avro_decode
