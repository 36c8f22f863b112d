#!/bin/sh
# runnable.sh ROOT: a test that git does not call executable runs on the machine
# where it was written and fails in every clone.
cd "${1:-.}" || exit 2
bad=$(git ls-files -s -- 'tests/*' | awk '$1 == "100644" && $4 ~ /\/t_[a-z0-9_]*\.(sh|py)$/ { print $4 ": not executable: git add --chmod=+x" }')
[ -z "$bad" ] || { printf '%s\n' "$bad"; exit 1; }
