#!/bin/sh
# Each frame of the captures of all function codes, read by pymodbus.
here=$(dirname "$0")
exec /usr/bin/python3 "$here/pdus.py" "$here/functions-rtu.cap" "$here/functions-tcp.cap"
