#!/bin/sh
# Random streams of HJ 212, read by ours and by a reader that shares nothing with it.
cd "$(dirname "$0")/../.." || exit 2
program=build/asan/tests/captures/t_hj212
[ -x "$program" ] || { echo "skip t_hj212_reader: $program is not built"; exit 0; }
exec /usr/bin/python3 tests/captures/hj212.py "$program" 60
