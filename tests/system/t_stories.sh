#!/bin/sh
# tidegate rules test: stories of a file, of a configuration, and those of the manual.
set -eu
cd "$(dirname "$0")/../.."
program=build/tidegate
[ -x build/asan/bin ] && program=build/asan/bin
export LC_ALL=C
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# The kitchen of the manual, and the story of it.
awk '/^```/ { inside = !inside; n += inside; next } inside { print > (to n) }' to="$dir/rules." docs/rules.md
awk '/^```/ { inside = !inside; n += inside; next } inside { print > (to n) }' to="$dir/story." docs/stories.md
for f in "$dir"/rules.*; do
	if grep -q kitchen-17 "$f"; then mv "$f" "$dir/kitchen.conf"; fi
done
for f in "$dir"/story.*; do
	if grep -q '"a splash is no alarm"' "$f"; then mv "$f" "$dir/kitchen.stories"
	elif grep -q 'gas for two seconds' "$f"; then mv "$f" "$dir/gas.stories"; fi
done

status=0
(cd "$dir" && "$OLDPWD/$program" rules test -c kitchen.conf kitchen.stories) >"$dir/said" || status=$?
[ "$status" = 1 ]
while read -r line; do	# as the page shows it
	grep -qxF -e "$line" docs/stories.md || { echo "not in docs/stories.md: $line" >&2; exit 1; }
done <"$dir/said"
[ "$(wc -l <"$dir/said")" = 2 ]
echo "ok a_story_that_does_not_hold_is_told_as_the_manual_shows"

sed -i 's/raised_by = "5min"/raised_by = "6min"/' "$dir/kitchen.stories"
"$program" rules test -v -c "$dir/kitchen.conf" "$dir/kitchen.stories" >"$dir/said"
grep -q '2 of 2 stories hold' "$dir/said"
grep -q 'kitchen.stories:2: a splash is no alarm: holds' "$dir/said"
cp "$dir/kitchen.conf" "$dir/own.conf"
! "$program" rules test -c "$dir/own.conf" >"$dir/said" 2>&1
grep -q 'names no stories' "$dir/said"
echo 'stories = ("kitchen.stories");' >>"$dir/own.conf"
"$program" rules test -c "$dir/own.conf" >"$dir/said"
grep -q '2 of 2 stories hold' "$dir/said"
echo "ok stories_are_those_of_the_configuration"

"$program" rules test "$dir/gas.stories" rules/stories/*.conf >"$dir/said"
grep -q '^\([0-9]*\) of \1 stories hold$' "$dir/said"
echo "ok stories_with_a_site_of_their_own_need_no_configuration"

# The gas rule of the manual: nothing is switched, and time goes on.
cat >"$dir/act.conf" <<EOF
gateway = { id = "act"; profiles = ("$PWD/devices/profiles"); };
links = ( { name = "line"; kind = "tcp"; host = "127.0.0.1"; } );
devices = ( { name = "shop/lel"; link = "line"; unit = "1"; profile = "midas"; period = "1s"; },
  { name = "shop/relay"; link = "line"; unit = "2"; profile = "luat-relay4"; period = "1s"; writable = ("relay1", "relay3");
    outputs = ( { point = "relay1"; acts = "gas_valve"; closes = "closed"; },
                { point = "relay3"; acts = "horn"; explosion_proof = true; } ); } );
EOF
cat "$(grep -l 'output = "relay.relay3"' "$dir"/rules.*)" >>"$dir/act.conf"
cat >"$dir/act.stories" <<'EOF'
stories = ( { name = "gas closes the valve and sounds the horn";
  given = ( { at = "0s"; point = "shop/lel.concentration"; value = 2; },
            { at = "10s"; point = "shop/lel.concentration"; value = 30; },
            { at = "2min"; point = "shop/lel.concentration"; value = 2; },
            { at = "3min"; alarm = "lel-high"; device = "shop/lel"; do = "ack"; },
            { at = "4min"; alarm = "lel-high"; device = "shop/lel"; do = "reset"; } );
  expect = ( { alarm = "lel-high"; device = "shop/lel";
               course = ("11s UNACK", "121s LATUN", "3min LATAK", "4min NORM"); } ); } );
EOF
timeout 60 "$program" rules test -c "$dir/act.conf" "$dir/act.stories" >"$dir/said" 2>&1 || { cat "$dir/said" >&2; exit 1; }
grep -q '1 of 1 stories hold' "$dir/said"
echo "ok a_rule_that_switches_something_is_told_a_story"

printf 'stories = (\n  { name = "x"; expect = ( { alrm = "y"; } ); }\n);\n' >"$dir/wrong"
! "$program" rules test "$dir/wrong" >"$dir/said" 2>&1
grep -q "wrong:2: .*did you mean \"alarm\"" "$dir/said"
! "$program" rules test "$dir/nowhere" >"$dir/said" 2>&1
grep -q "nowhere: cannot be read" "$dir/said"
for word in "" "tset"; do
	status=0
	# shellcheck disable=SC2086
	"$program" rules $word >"$dir/said" 2>&1 || status=$?
	[ "$status" = 64 ] && grep -q 'rules test\|test \[FILE' "$dir/said"
done
echo "ok what_cannot_be_told_is_said"
