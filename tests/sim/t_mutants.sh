#!/bin/bash
# The rigs see what they are there to see: in a copy of the sources one guard
# after the other is taken out of a file, and a story or a world is told with
# it.  What is not noticed fails.
cd "$(dirname "$0")/../.." || exit 2
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
built=build/asan
mkdir "$work/src" && cp -r conf protocols devices rules gateway "$work/src/" || exit 2
failed=0

# told RIG: which seeds a rig is given.
told() {
	case $1 in
	crash) for seed in 1 2 3 4; do echo "$seed"; done ;;
	crash-slots) echo "slots" ;;
	errors) echo "sync" ;;
	world) for seed in 1 2 3; do echo "$seed 12"; done ;;
	esac
}
# run RIG OBJECT...: 0 clean, 3 a promise is broken, else something else.
run() {
	local rig=$1 object rc; shift
	object=$built/tests/sim/t_${rig%-*}.o
	[ "$rig" = errors ] && object=$built/tests/fault/t_errors.o
	${CC:-cc} -fsanitize=address,undefined -o "$work/rig" "$object" "$@" \
	    "$built/libtests.a" "$built/libtidegate.a" -lconfig -lmd -lz -lm -lpthread || return 9
	while read -r args; do
		timeout 300 "$work/rig" $args >"$work/out" 2>&1; rc=$?
		[ $rc = 0 ] || return $rc
	done < <(told "$rig")
}
# caught NAME RIG [FILE SED]...
caught() {
	local name=$1 rig=$2 file rc objects=(); shift 2
	while [ $# -gt 0 ]; do
		file=$1
		sed -E "$2" "$file" >"$work/src/$file"
		if cmp -s "$file" "$work/src/$file"; then
			echo "$name: nothing was changed in $file" >&2; failed=1; return
		fi
		objects+=("$work/mutant${#objects[@]}.o")
		${CC:-cc} -std=c11 -D_GNU_SOURCE -DVERSION='"mutant"' -O2 -g -w \
		    -fsanitize=address,undefined -c -o "${objects[-1]}" "$work/src/$file" ||
			{ failed=1; return; }
		cp "$file" "$work/src/$file"
		shift 2
	done
	run "$rig" "${objects[@]}"; rc=$?
	# 1 and 134: a store of such a kind trips over its own asserts
	case $rc in
	3) echo "ok caught: $name" ;;
	1|134) echo "ok caught: $name (by an assert)" ;;
	*) echo "$name: not noticed (status $rc)" >&2; tail -n 3 "$work/out" >&2; failed=1 ;;
	esac
}

for rig in crash world; do
	if run $rig; then echo "ok the sources as they are: $rig"; else
		echo "the sources as they are break a promise: $rig" >&2; cat "$work/out" >&2; exit 1
	fi
done

caught "wall clock in a delay" world rules/watch.c \
	's/know\(rules, w, truth == TRUTH_YES, since, now, time\)/know(rules, w, truth == TRUTH_YES, time * 1000, wall * 1000, time)/'
caught "a data gap bridges a hold" world rules/watch.c \
	's/if \(!w->pending \|\| truth != w->truth\)/if (truth != w->truth)/; s/^\tw->truth = w->alarm.active;/\t;/'

store=gateway/journal
caught "no flush" crash $store/commit.c \
	's/if \(j->disk->sync\(j->disk->ctx, fd\) == 0\)/if (1)/'
caught "no flush of the names of series" crash $store/dictionary.c \
	's/rc = disk->sync\(disk->ctx, fd\);/rc = 0;/'
caught "no flush of a small state" crash-slots $store/slot.c \
	's/if \(d->sync\(d->ctx, s->fd\) != 0\)/if (0)/'
caught "the tail slot with the highest number is taken" crash $store/scan.c \
	's/extent_find\(d, fd, h, BY_PROVEN, &s->extent\)/extent_find(d, fd, h, BY_NEWEST, \&s->extent)/'
caught "one tail slot" crash $store/commit.c \
	's/AT_SLOT \+ \(s->commit \+ 1\) % 2/AT_SLOT/' $store/scan.c \
	's/head.commit % 2 == i/i == 0/'
caught "a flush that failed is taken for done" errors $store/commit.c \
	's/(last, slot\)\) != 0) \|\| flush\(j, s->fd\) != 0\)/\1 || (flush(j, s->fd), 0))/'
caught "numbers that were lost are given again" crash $store/recover.c \
	's/j->seq = r.seen \+ r.jump;/j->seq = 0;/'
caught "the name of a new segment is not made safe" crash $store/commit.c \
	's/if \(d->sync_dir\(d->ctx\) != 0\)/if (0)/'
exit $failed
