#!/bin/bash
# Questions to made-up meters: what the sessions send and make of the answers is
# what an independent reading of the standards in Python expects.
cd "$(dirname "$0")/../.." || exit 2
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
/usr/bin/python3 tests/captures/meters.py "$work" || exit 1
said=$(build/asan/tests/captures/t_captures check "$work" 2>&1)
if [ $? -ne 0 ]; then echo "$said" | grep -v '^ok ' >&2; exit 1; fi
echo "ok $(grep -c '^ok ' <<<"$said") captures as the sessions have them"
