#!/bin/sh
# noshell.sh OBJECTS: nothing in the product can start another program.
bad=0
for o in $(find "$1/conf" "$1/protocols" "$1/devices" "$1/rules" "$1/gateway" -name '*.o'); do
	nm -u "$o" | awk '{ print $NF }' | grep -xE 'system|popen|exec[lv]p?e?|posix_spawnp?|fexecve' >/tmp/noshell.$$ &&
		{ echo "$o: calls $(tr '\n' ' ' </tmp/noshell.$$)"; bad=1; }
done
rm -f /tmp/noshell.$$
exit $bad
