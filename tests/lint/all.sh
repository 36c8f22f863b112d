#!/bin/sh
# all.sh OBJECTS: every lint over the tree; prints what is wrong.
here=$(dirname "$0") obj=$1 bad=0
run() {
	what=$1; shift
	if out=$("$@" 2>&1); then printf 'ok    %s\n' "$what"; else printf '%s\nFAILED %s\n' "$out" "$what"; bad=1; fi
}
run "includes go leftwards" "$here/includes.sh" .
run "third-party headers in their owning files" "$here/owners.sh" .
run "functions, files, lines and nesting are small" "$here/size.sh" .
nm --defined-only "$obj"/conf/*.o "$obj"/protocols/*.o "$obj"/devices/*.o "$obj"/rules/*.o 2>/dev/null |
	awk 'NF == 3 { print $3 }' | sort -u >"$obj/.pure-symbols"
run "left of gateway/ the code is pure" "$here/pure.sh" "$obj"
run "no shell is ever started" "$here/noshell.sh" "$obj"
run "tests can be run in every clone" "$here/runnable.sh" .
run "shell scripts parse" sh -c 'for f in $(git ls-files "*.sh" debian/deps .ci/run 2>/dev/null); do bash -n "$f" || exit 1; done'
[ $bad = 0 ] && echo "lint: clean"
exit $bad
