#!/bin/bash
# What keeps a plan off what a rule of class life watches is looked at: in a copy of
# a file a guard is taken out, and the tests of it are run.  What they do not notice
# fails.
cd "$(dirname "$0")/../.." || exit 2
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
built=build/asan
mkdir "$work/src" && cp -r conf protocols devices rules gateway "$work/src/" || exit 2
failed=0

# caught NAME TEST FILE SED
caught() {
	sed -E "$4" "$3" >"$work/src/$3"
	if cmp -s "$3" "$work/src/$3"; then
		echo "$1: nothing was changed in $3" >&2; failed=1; return
	fi
	${CC:-cc} -std=c11 -D_GNU_SOURCE -DVERSION='"mutant"' -O1 -g -w -fsanitize=address,undefined \
	    -c -o "$work/mutant.o" "$work/src/$3" &&
	${CC:-cc} -fsanitize=address,undefined -o "$work/test" "$built/tests/unit/$2.o" \
	    "$work/mutant.o" "$built/libtests.a" "$built/libtidegate.a" \
	    -lconfig -lcrypto -lz -lm -lpthread || { echo "$1: does not build" >&2; failed=1; return; }
	cp "$3" "$work/src/$3"
	if timeout 120 "$work/test" >"$work/out" 2>&1 </dev/null; then
		echo "$1: not noticed" >&2; failed=1
	else
		echo "ok caught: $1"
	fi
}

thin=gateway/uplink/thin.c
caught "readings of class life are left out as others" t_thin $thin \
	's/return \*known != 1;.*/return false;/'
caught "a series without a name is left out" t_thin $thin 's/return \*known != 1;/return *known == 2;/'
caught "nothing is left out in the reserve" t_thin $thin 's/ \|\| t->is.reserve\)\)/))/'
caught "a figure that stays is never sent again" t_thin $thin \
	's/age < t->is.deadband_age \/ MS/age < INT64_MAX/'
caught "the reserve is used by all" t_tariffs gateway/tariffs.c \
	's/tariff_used\(s\) >= tariff_budget\(s->conf\)/tariff_used(s) >= 1e18/'
caught "no alarm says that too much is expected" t_tariffs gateway/tariffs.c \
	's/s->expected > \(double\)s->conf->is.bytes/s->expected > 1e18/'
caught "a step has no age after a restart" t_tariffs gateway/tariffs.c \
	's/s->thrift.changed -= p->age/s->thrift.changed -= 0 * p->age/'
caught "what went before a restart is not known" t_tariffs gateway/tariffs.c \
	's/if \(p->known > 0\)/if (p->known > 99)/'
caught "hours in which it was off are left out" t_spending protocols/spending.c \
	's/hour \+ 1 \+ i - since\)/hour + 1 + i)/'
caught "a month is lost by a start in a wrong year" t_ledger gateway/ledger.c \
	's/if \(to == before\)/if (to == 1)/'
caught "the month of all ends plans that nobody has" t_ledger gateway/ledger.c \
	's/else if \(r->begun == 0\)/else/'
exit $failed
