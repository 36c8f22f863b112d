#!/bin/sh
# Each vector of each shipped profile, decoded by Python's struct.
here=$(dirname "$0")
exec python3 "$here/vectors.py" "$here/../../devices/profiles"
