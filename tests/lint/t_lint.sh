#!/bin/bash
# Each lint fails on a planted breach, and passes without it.
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
failed=0
tree() { rm -rf "${work:?}"/*; mkdir -p "$work"/{conf,protocols,devices,rules} "$work"/gateway/{journal,link,uplink,sim}
	printf '#include "a.h"\n' >"$work/conf/a.c"; printf 'int a(void);\n' >"$work/conf/a.h"; }
# says NAME WANTED-STATUS COMMAND...
says() { local name=$1 want=$2; shift 2
	"$@" >"$work/.out" 2>&1; local got=$?
	[ "$got" -ne 0 ] && got=1
	if [ "$got" = "$want" ]; then echo "ok $name"; else echo "$name: status $got, wanted $want" >&2; cat "$work/.out" >&2; failed=1; fi; }
inc() { tree; mkdir -p "$(dirname "$work/$1")"; printf '#include "%s"\n' "$2" >"$work/$1"; }

tree; says "includes: a clean tree passes" 0 "$here/includes.sh" "$work"
inc conf/b.c ../devices/value.h;		says "includes: conf must not include devices" 1 "$here/includes.sh" "$work"
inc rules/b.c ../conf/a.h;			says "includes: rules may include conf" 0 "$here/includes.sh" "$work"
inc rules/b.c conf/a.h;				says "includes: another form is refused" 1 "$here/includes.sh" "$work"
inc gateway/link/b.c ../uplink/u.h;		says "includes: link must not know uplink" 1 "$here/includes.sh" "$work"
inc gateway/uplink/b.c ../link/l.h;		says "includes: uplink must not know link" 1 "$here/includes.sh" "$work"
inc gateway/journal/b.c ../link/l.h;		says "includes: journal stands left of link" 1 "$here/includes.sh" "$work"
inc gateway/journal/b.c ../poller.h;		says "includes: journal must not know the daemon" 1 "$here/includes.sh" "$work"
inc gateway/log.c journal/reader.h;		says "includes: log must not know the journal" 1 "$here/includes.sh" "$work"
inc gateway/link/b.c ../../protocols/proto.h;	says "includes: link may include protocols" 0 "$here/includes.sh" "$work"
inc gateway/poller.c link/link.h;		says "includes: the daemon may include link" 0 "$here/includes.sh" "$work"
inc gateway/field/b.c ../link/link.h;		says "includes: the field role may include link" 0 "$here/includes.sh" "$work"
inc gateway/field/b.c ../forward/fars.h;	says "includes: field must not know forward" 1 "$here/includes.sh" "$work"
inc gateway/config/b.c ../field/poller.h;	says "includes: the configuration must not know a role" 1 "$here/includes.sh" "$work"
inc gateway/control.c words/asker.h;		says "includes: nothing but main knows the words" 1 "$here/includes.sh" "$work"
inc gateway/main.c words/asker.h;		says "includes: main may know the words" 0 "$here/includes.sh" "$work"
inc gateway/link/b.c ../../gateway/log.h;	says "includes: no way round by the top" 1 "$here/includes.sh" "$work"

tree; says "owners: a clean tree passes" 0 "$here/owners.sh" "$work"
tree; echo '#include <libconfig.h>' >"$work/devices/x.c"; says "owners: libconfig outside conf/tree.c" 1 "$here/owners.sh" "$work"
tree; echo '#include <modbus/modbus.h>' >"$work/gateway/poller.c"; says "owners: modbus.h in the poller" 1 "$here/owners.sh" "$work"
tree; echo '#include <sqlite3.h>' >"$work/gateway/x.c"; says "owners: a header nobody owns" 1 "$here/owners.sh" "$work"

long() { printf 'int\nf(void)\n{\n'; for _ in $(seq "$1"); do printf '\tg();\n'; done; printf '}\n'; }
tree; says "size: a clean tree passes" 0 "$here/size.sh" "$work"
tree; long 77 >"$work/conf/b.c"; says "size: 80 lines pass" 0 "$here/size.sh" "$work"
tree; long 78 >"$work/conf/b.c"; says "size: a function of 81 lines" 1 "$here/size.sh" "$work"
tree; for _ in $(seq 601); do echo 'int x;'; done >"$work/conf/b.c"; says "size: a file of 601 lines" 1 "$here/size.sh" "$work"
tree; printf '/* %0100d */\n' 1 >"$work/conf/b.c"; says "size: a line over 100 columns" 1 "$here/size.sh" "$work"
tree; printf 'int\nf(void)\n{\n\tif (a) {\n\t\tif (b) {\n\t\t\tif (c) {\n\t\t\t\tif (d) {\n\t\t\t\t\tg();\n}\n' >"$work/conf/b.c"
says "size: nesting deeper than 3" 1 "$here/size.sh" "$work"

# pure: compile a breach
obj() { rm -rf "$work/obj"; mkdir -p "$work"/obj/{conf,protocols,devices,rules,gateway}
	printf '%s\n' "$2" | ${CC:-cc} -O2 -xc -c -o "$work/obj/$1.o" - || exit 1
	nm --defined-only "$work"/obj/*/*.o | awk 'NF == 3 { print $3 }' >"$work/obj/.pure-symbols"; }
obj rules/x 'int f(int a) { return a + 1; }';				says "pure: a pure function passes" 0 "$here/pure.sh" "$work/obj"
obj rules/x '#include <time.h>
long f(void) { return time(0); }';					says "pure: a clock" 1 "$here/pure.sh" "$work/obj"
obj devices/x '#include <stdlib.h>
void *f(void) { return malloc(8); }';					says "pure: malloc" 1 "$here/pure.sh" "$work/obj"
obj conf/x 'static int n; int f(void) { return n++; }';		says "pure: a static variable (.bss)" 1 "$here/pure.sh" "$work/obj"
obj conf/x 'static int n = 3; int f(void) { return n++; }';		says "pure: a static variable (.data)" 1 "$here/pure.sh" "$work/obj"
obj protocols/x '#include <stdio.h>
void f(void) { puts("x"); }';						says "pure: output" 1 "$here/pure.sh" "$work/obj"
obj protocols/x '#include <ctype.h>
int f(int c) { return isalpha(c); }';					says "pure: the locale by ctype" 1 "$here/pure.sh" "$work/obj"
obj devices/x '#include <stdio.h>
void *f(void) { return fopen("x", "r"); }';				says "pure: a file outside conf/tree.c" 1 "$here/pure.sh" "$work/obj"
obj gateway/x '#include <stdlib.h>
int f(void) { return system("true"); }';				says "noshell: system()" 1 "$here/noshell.sh" "$work/obj"
obj gateway/x 'int f(void) { return 1; }';				says "noshell: a clean object passes" 0 "$here/noshell.sh" "$work/obj"
(cd "$work" && rm -rf ./* && git init -q . && mkdir tests && echo 'exit 0' >tests/t_x.sh && chmod +x tests/t_x.sh && git add tests)
says "runnable: an executable test passes" 0 "$here/runnable.sh" "$work"
(cd "$work" && chmod -x tests/t_x.sh && git add tests)
says "runnable: a test that nobody may execute" 1 "$here/runnable.sh" "$work"
exit $failed
