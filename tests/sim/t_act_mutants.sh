#!/bin/bash
# The tests of what rules do on the spot see what they are there to see: in a copy of
# the sources one guard after the other is taken out, and t_drive is run with it.
cd "$(dirname "$0")/../.." || exit 2
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
mkdir "$work/src" "$work/src/tests" && cp -r conf devices protocols rules "$work/src/" &&
	cp -r tests/unit tests/check.h "$work/src/tests/" || exit 2
failed=0
# holds: does the test hold with the sources in the copy?
holds() {
	(cd "$work/src" && ${CC:-cc} -std=c11 -D_GNU_SOURCE -w -O1 -o "$work/test" tests/unit/t_drive.c \
	    rules/action.c rules/drive.c rules/alarm.c rules/class.c conf/err.c conf/utf8.c) || return 9
	timeout 100 "$work/test" >"$work/out" 2>&1
}
# caught NAME FILE SED
caught() {
	sed -E "$3" "$2" >"$work/src/$2"
	if cmp -s "$2" "$work/src/$2"; then
		echo "$1: nothing was changed in $2" >&2; failed=1
	else
		holds; rc=$?
		case $rc in
		1) echo "ok caught: $1" ;;
		*) echo "$1: not noticed (status $rc)" >&2; failed=1 ;;
		esac
	fi
	cp "$2" "$work/src/$2"
}
if holds; then echo "ok the sources as they are"; else cat "$work/out" >&2; exit 1; fi
caught "acts while somebody works there" rules/action.c 's/\(a->masks & HELD_BACK\) \|\| is_on/is_on/'
caught "acts before it is seen again" rules/action.c 's/if \(is->unsure \|\| /if (/'
caught "forgets that it acted before the start" rules/action.c 's/\.done = is_on\(a\) && [^,]*,/.done = false,/'
caught "does again what is over" rules/action.c 's/&& was && a->active/\&\& was/'
caught "a latch goes without its reset" rules/action.c 's/return a->active \|\| a->held/return a->active/'
caught "tries for ever" rules/drive.c 's/d->tries == 0 \|\| at/at/'
caught "tries behind the deadline" rules/drive.c 's/ \|\| now >= d->deadline\)$/)/'
caught "tells nobody" rules/drive.c 's/d->disobeyed = true;/d->disobeyed = false;/'
caught "takes any figure for obedience" rules/drive.c 's/ \|\| figure != d->figure\)/)/'
caught "gives up after its tries" rules/drive.c 's/d->insist > 0 \? DRIVE_PAUSES : DRIVE_RESTS/DRIVE_RESTS/'
caught "orders without a pause" rules/drive.c 's/d->due = at \+ d->insist;/d->due = at;/'
caught "insists with all its tries" rules/drive.c '/no storm/d'
caught "insists while somebody works there" rules/action.c 's/ && !\(a->masks & HELD_BACK\);/;/'
caught "a newer wish is lost" rules/drive.c 's/under_way \? DRIVE_CHANGED : DRIVE_WAITS/under_way ? DRIVE_ORDERED : DRIVE_WAITS/'
caught "a command ends that is none" rules/drive.c 's/if \(d->state != DRIVE_ORDERED\)$/if (false)/'
caught "what is forbidden is tried again" rules/drive.c '/case DRIVE_REFUSED:/,/return;/s/d->state = DRIVE_RESTS;/again(d, now);/'
caught "a minimum time is held against it" rules/drive.c 's/d->deadline = until \+ d->within;//'
exit $failed
