#!/bin/sh
# pure.sh OBJECTS: left of gateway/ nothing but the allowed symbols is called
# and no object has writable data.
root=$1 bad=0
here=$(dirname "$0")
for o in $(find "$root/conf" "$root/protocols" "$root/devices" "$root/rules" -name '*.o' | sort); do
	size=$(size -A "$o" | awk '$1 ~ /^\.(data|bss|tdata|tbss)$/ { n += $2 }
		$1 ~ /^\.(data|bss)\./ && $1 !~ /^\.data\.rel\.ro/ { n += $2 } END { print n + 0 }')
	[ "$size" = 0 ] || { echo "$o: $size bytes of .data or .bss: only const tables here"; bad=1; }
	case $o in
	*/conf/tree.o) allow="$here/pure.allow $here/tree.allow" ;;
	*/protocols/senml_cbor.o) allow="$here/pure.allow $here/cbor.allow" ;;
	*/protocols/cloud.o|*/protocols/order.o|*/protocols/senml.o|*/protocols/json_find.o) allow="$here/pure.allow $here/jansson.allow" ;;
	*) allow=$here/pure.allow ;;
	esac
	for s in $(nm -u "$o" | awk '{ print $NF }'); do
		cat $allow | grep -qxF "$s" && continue
		# our own, defined in some pure object
		grep -qxF "$s" "$root/.pure-symbols" && continue
		echo "$o: calls $s, which is not on the list of pure functions"; bad=1
	done
done
exit $bad
