#!/bin/sh
# size.sh ROOT: functions <= 80 lines (median <= 15, p90 <= 40), files <= 600
# (median <= 250), lines <= 100 columns, nesting <= 3.  Our layout makes it easy: a function's
# name stands at a line start, its braces in column 0.
cd "${1:-.}" || exit 2
find conf protocols devices rules gateway -name '*.[ch]' 2>/dev/null | sort | xargs awk '
FNR == 1 { name = ""; start = 0; inside = 0 }
{
	text = $0; gsub(/\t/, "        ", text)
	# UTF-8 continuation bytes take no column
	gsub(/[\200-\277]/, "", text)
	if (length(text) > 100) { printf "%s:%d: line of %d columns\n", FILENAME, FNR, length(text); bad = 1 }
	lines[FILENAME] = FNR
}
/^[a-z_][a-z0-9_]*\(/ { name = $0; sub(/\(.*/, "", name); start = FNR }
/^\{/ && start { inside = 1 }
inside && match($0, /^\t+/) && RLENGTH > 4 && $0 ~ /^\t+(if|for|while|switch|do|case|return|[a-z_]+ =|[a-z_]+\()/ && before ~ /[{;]$/ {
	# a statement deeper than function + 3
	printf "%s:%d: %s: nested deeper than 3\n", FILENAME, FNR, name; bad = 1
}
{ before = $0 }
/^\}/ && inside {
	n = FNR - start + 1
	all[++count] = n
	if (n > 80) { printf "%s:%d: %s: %d lines\n", FILENAME, start, name, n; bad = 1 }
	inside = start = 0
}
END {
	for (f in lines) {
		if (lines[f] > 600) { printf "%s: %d lines\n", f, lines[f]; bad = 1 }
		if (f ~ /\.c$/) len[++files] = lines[f]
	}
	# percentiles are a law of the whole, not of a handful
	if (count >= 50) {
		bad += over(all, count, 0.5, 15, "median function"); bad += over(all, count, 0.9, 40, "p90 function")
		bad += over(len, files, 0.5, 250, "median file")
	}
	exit bad > 0
}
function over(a, n, share, limit, what,  i, j, t) {
	for (i = 2; i <= n; i++) { t = a[i]; for (j = i - 1; j > 0 && a[j] > t; j--) a[j + 1] = a[j]; a[j + 1] = t }
	i = int(n * share + 0.5); if (i < 1) i = 1
	if (a[i] <= limit) return 0
	printf "%s: %d lines, at most %d wanted\n", what, a[i], limit
	return 1
}'
