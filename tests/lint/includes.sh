#!/bin/sh
# includes.sh ROOT: includes go leftwards only, between the folders and inside
# gateway/.  A breach is printed as file: what is wrong; the status says so.
cd "${1:-.}" || exit 2
find conf protocols devices rules gateway -name '*.[ch]' 2>/dev/null | sort | xargs awk '
BEGIN {
	n = split("conf protocols devices rules gateway", o); for (i = 1; i <= n; i++) folder[o[i]] = i
	# gateway/: base modules, sub-folders, what the roles share (60), the roles, words, main
	n = split("hash clock log room roster loop library crypt_lib crypt secret meter door_line share text secret_key", b); for (i = 1; i <= n; i++) base[b[i]] = i
	n = split("journal link uplink tell config", s); for (i = 1; i <= n; i++) sub_rank[s[i]] = 10 * i
	sub_rank["door"] = 65; sub_rank["field"] = sub_rank["forward"] = 70
	sub_rank["sim"] = 75; sub_rank["words"] = 80
	n = split("main supervisor", m); for (i = 1; i <= n; i++) last[m[i]] = 1
}
# Rank inside gateway/ of a path below it ("loop.h", "journal/reader.h").
function inner(path,  part, k) {
	k = split(path, part, "/")
	if (k > 1) return (part[1] in sub_rank) ? sub_rank[part[1]] : 100
	sub(/\.[ch]$/, "", part[1])
	return (part[1] in base) ? 1 : (part[1] in last) ? 100 : 60
}
function part_of(path,  p) { return split(path, p, "/") > 1 ? p[1] : "" }
function refuse(why) { printf "%s:%d: %s: %s\n", FILENAME, FNR, inc, why; bad = 1 }
function in_gateway(mine, theirs, name) {
	if (theirs > mine) refuse("stands right of this file")
	else if (mine >= 20 && mine < 40 && theirs >= 20 && theirs < 40 && mine != theirs)
		refuse("link and uplink never know each other")
	else if (mine == 70 && theirs == 70 && part_of(below) != part_of(name))
		refuse("field and forward never know each other")
}
match($0, /^[ \t]*#[ \t]*include[ \t]*"[^"]*"/) {
	inc = $0; sub(/^[^"]*"/, "", inc); sub(/".*/, "", inc)
	depth = split(FILENAME, me, "/") - 1		# 1: conf/x.c, 2: gateway/link/x.c
	top = me[1]; below = FILENAME; sub(/^gateway\//, "", below)
	path = inc; ups = 0
	while (sub(/^\.\.\//, "", path)) ups++
	n = split(path, p, "/")
	if (path ~ /\.\./ || ups > depth) { refuse("no such form of include"); next }
	if (top != "gateway") {
		if (ups == 0 && n == 1) next
		if (ups != 1 || n != 2) refuse("write \"x.h\" or \"../left/x.h\"")
		else if (!(p[1] in folder) || folder[p[1]] >= folder[top]) refuse(top "/ includes only what stands left of it")
		next
	}
	if (ups == depth) {				# out of gateway/
		if (n != 2 || !(p[1] in folder) || p[1] == "gateway") refuse("write ../left/x.h")
		next
	}
	if (ups == 0 && n == 1) {			# beside
		if (depth == 1) in_gateway(inner(below), inner(path), path)
		next
	}
	if (depth == 1 && ups == 0 && n == 2) { in_gateway(inner(below), inner(path), path); next }
	if (depth == 2 && ups == 1) { in_gateway(inner(below), inner(path), path); next }
	refuse("no such form of include")
}
END { exit bad }'
