#!/bin/bash
# t_tell_day sees what it is there to see: in a copy of a source one promise after the
# other is taken out, and the day is told with it.
cd "$(dirname "$0")/../.." || exit 2
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
built=build/asan
mkdir "$work/src" && cp -r conf devices protocols rules "$work/src/" || exit 2
failed=0

# day [OBJECT]: 0 it is as it must be, 1 it is not, else something else.
day() {
	${CC:-cc} -fsanitize=address,undefined -o "$work/day" $built/tests/sim/t_tell_day.o "$@" \
	    $built/libtests.a $built/libtidegate.a -lconfig -lmd -lz -lm -lpthread || return 9
	timeout 300 "$work/day" >"$work/out" 2>&1
}
# caught NAME FILE SED
caught() {
	local name=$1 file=$2 rc
	sed -E "$3" "$file" >"$work/src/$file"
	if cmp -s "$file" "$work/src/$file"; then
		echo "$name: nothing was changed in $file" >&2; failed=1; return
	fi
	${CC:-cc} -std=c11 -D_GNU_SOURCE -O1 -g -w -fsanitize=address,undefined -c -o "$work/mutant.o" \
	    "$work/src/$file" || { failed=1; return; }
	cp "$file" "$work/src/$file"
	day "$work/mutant.o"; rc=$?
	case $rc in
	1) echo "ok caught: $name" ;;
	*) echo "$name: not noticed (status $rc)" >&2; tail -n 3 "$work/out" >&2; failed=1 ;;
	esac
}

if day; then echo "ok the sources as they are"; else cat "$work/out" >&2; exit 1; fi
caught "budgets count for class life, too" rules/tell_queue.c \
	's/life = n->alarm->class == CLASS_LIFE/life = false/'
caught "there are no budgets" rules/tell_queue.c 's/^\treturn at;/\treturn INT64_MIN;/'
caught "a day has no budget" rules/tell_queue.c 's/i < 3; i\+\+/i < 2; i++/'
caught "that it chatters is told to nobody" rules/tell_life.c \
	's/if \(a->is\.chattering && !was\.chattering && tell_seen\(a\)\)/if (false)/'
caught "what chatters is reminded of" rules/tell_steps.c \
	's/if \(a->is\.chattering && a->class != CLASS_LIFE\)/if (false)/'
caught "a digest leaves one out" rules/tell_queue.c \
	's/\(unsigned\)\(q->n \+ q->lumped\)/(unsigned)(q->n + q->lumped - 1)/'
caught "that it chatters is not seen" rules/burst.c \
	's/watch_step\(rules, w, ALARM_EV_CHATTER, 0, "", time\);/;/'
exit $failed
