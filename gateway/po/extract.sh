#!/bin/sh
# extract.sh: writes to stdout the template of all text that people read: what
# stands in _() and N_(), and the formats of errors in configurations.
cd "$(dirname "$0")/../.." || exit 2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
# What the key tables say of themselves goes into tidegate.conf(5).
helps="conf/languages.c rules/tell_keys.c devices/device.c devices/register_map_conf.c devices/calibration.c devices/output.c rules/rule.c rules/action.c rules/pack.c rules/functions.c rules/life_conf.c rules/derived_conf.c rules/statistic_conf.c rules/cure.c $(echo gateway/*.c gateway/*/*.c)"
# shellcheck disable=SC2086
perl -0777 -ne 'print "N_($1)\n" while /\.help = ((?:"(?:[^"\\]|\\.)*"\s*)+)/g' $helps >"$work/helps.c"
{ find conf protocols devices rules gateway -name '*.[ch]' | LC_ALL=C sort; echo "$work/helps.c"; } |
	xgettext --files-from=- --language=C --from-code=UTF-8 --sort-output \
	    --add-comments=TRANSLATORS --package-name=tidegate --keyword \
	    --keyword=_ --keyword=N_ --keyword=err_add:4 --keyword=ERR_ --keyword=key_fault:2 \
	    --keyword=fault:3,4t --keyword=fault:3,5t --keyword=fault:2,3t --keyword=wrong:3 --keyword=row_wrong:2 --keyword=deed_fault:2 \
	    --keyword=expr_fault:3 --keyword=parser_fault:2 --keyword=binder_fault:3 --output=-
