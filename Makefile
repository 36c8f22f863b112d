# tidegate: make run | test | lint | bench | fuzz | tsan | box | install | uninstall | deb.  V=1 shows the commands.
PREFIX ?= /usr
DESTDIR ?=
CC ?= cc
CLANG ?= clang
B := build
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-6s %s\n' $(1) $(2))
VERSION := $(shell sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)

CFLAGS ?= -O2 -g
WERROR ?= -Werror
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wconversion -Wvla -Wformat=2 -Wno-format-nonliteral $(WERROR)
BASE := -std=c11 -D_GNU_SOURCE -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64 \
	-DVERSION='"$(VERSION)"' $(WARN) -MMD -MP
HARD := -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection \
	$(if $(findstring -O0,$(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
LINK := -pie -Wl,-z,relro,-z,now -Wl,--as-needed
LIBS := -lconfig -lmodbus -lgpiod -ljansson -lcbor -lmd -lz -lm -lpthread
SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
TSAN := -fsanitize=thread -fno-omit-frame-pointer

FOLDERS := conf protocols devices rules gateway
PURE := $(wildcard conf/*.c protocols/*.c devices/*.c rules/*.c)
SRC := $(PURE) $(wildcard gateway/*.c gateway/*/*.c)
PARTS := $(filter-out gateway/main.c,$(SRC))
TESTC := $(wildcard tests/unit/t_*.c tests/captures/t_*.c tests/sim/t_*.c tests/fault/t_*.c)
BENCHC := $(wildcard tests/bench/b_*.c)
TESTLIB := $(filter-out $(TESTC) $(BENCHC),$(wildcard tests/unit/*.c tests/captures/*.c tests/sim/*.c tests/fault/*.c tests/bench/*.c))
FUZZC := $(wildcard tests/fuzz/f_*.c)
# Those that every change must pass say how often: a line "ci: RUNS".
FUZZCI := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(shell grep -l '^/\* ci: ' $(FUZZC)))
PO := $(wildcard gateway/po/*.po)
MAN := $(wildcard man/*.[1-9] man/zh_CN/*.[1-9])
MO := $(patsubst gateway/po/%.po,$(B)/locale/%/LC_MESSAGES/tidegate.mo,$(PO))

MANUAL := $(B)/man/tidegate.conf.5 $(B)/man/zh_CN/tidegate.conf.5
MAN += $(MANUAL)
all: $(B)/tidegate $(MO) $(MANUAL)

# Made of the tables that read the configuration.
$(B)/man/tidegate.conf.5: $(B)/tidegate
	$(call say,MAN,$@)
	@mkdir -p $(@D)
	$(Q)LC_ALL=C $< manual >$@
$(B)/man/zh_CN/tidegate.conf.5: $(B)/tidegate $(MO)
	$(call say,MAN,$@)
	@mkdir -p $(@D)
	$(Q)env -u LC_ALL -u LC_MESSAGES LANG=zh_CN.UTF-8 LANGUAGE=zh_CN $< manual >$@

# One variant: $(1) folder, $(2) compile flags, $(3) link flags.
define variant
$(1)/%.o: %.c | $(B)/.deps-build
	$$(call say,CC,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CFLAGS) $$(BASE) $(2) -c -o $$@ $$<
$(1)/libtidegate.a: $(PARTS:%.c=$(1)/%.o)
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@; ar rcs $$@ $$^
$(1)/libtests.a: $(TESTLIB:%.c=$(1)/%.o)
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@; ar rcs $$@ $$^
$(1)/bin: $(1)/gateway/main.o $(1)/libtidegate.a
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(CFLAGS) $(3) $$(LDFLAGS) -o $$@ $$^ $$(LIBS)
$(TESTC:%.c=$(1)/%) $(BENCHC:%.c=$(1)/%): $(1)/%: $(1)/%.o $(1)/libtests.a $(1)/libtidegate.a
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(CFLAGS) $(3) $$(LDFLAGS) -o $$@ $$^ $$(LIBS)
endef
$(eval $(call variant,$(B)/obj,$(HARD),$(LINK)))
$(eval $(call variant,$(B)/asan,$(SAN),$(SAN)))
$(eval $(call variant,$(B)/tsan,$(TSAN),$(TSAN)))

$(B)/tidegate: $(B)/obj/bin
	$(Q)cp -f $< $@
$(B)/locale/%/LC_MESSAGES/tidegate.mo: gateway/po/%.po | $(B)/.deps-build
	$(call say,MSGFMT,$@)
	@mkdir -p $(@D)
	$(Q)msgfmt --check -o $@ $<

# What is missing is installed once, by apt, and said.
$(B)/.deps-%: debian/deps
	@mkdir -p $(B)
	@debian/deps $* && touch $@
# One apt at a time, also with -j.
$(B)/.deps-test $(B)/.deps-deb: | $(B)/.deps-build

run: all
	gateway/demo.sh $(B)/tidegate

TESTBINS := $(TESTC:%.c=$(B)/asan/%)
SCRIPTS := $(wildcard tests/lint/t_*.sh tests/captures/t_*.sh tests/sim/t_*.sh tests/fuzz/t_*.sh \
	tests/fault/t_*.py tests/system/t_*.sh tests/system/t_*.py)
test: $(B)/.deps-test all $(B)/asan/bin $(TESTBINS)
	@if command -v $(CLANG) >/dev/null; then $(MAKE) --no-print-directory $(FUZZCI); fi
	@CLANG=$(CLANG) tests/run.sh $(TESTBINS) $(SCRIPTS)

lint: all
	@tests/lint/all.sh $(B)/obj

BENCHES := $(wildcard tests/bench/b_*.py tests/bench/b_*.sh)
bench: $(B)/.deps-test all $(BENCHC:%.c=$(B)/obj/%)
	@for b in $(BENCHC:%.c=$(B)/obj/%) $(BENCHES); do echo "== $$b"; $$b || bad=1; done; exit $${bad:-0}

# What has threads, under ThreadSanitizer, and a whole gateway for a minute.
THREADED := $(addprefix $(B)/tsan/tests/unit/t_,clock control file_uplink https influx_uplink keeper \
	journal journal_end ledger link link_serial link_tcp log loop modbus_request \
	mqtt_message mqtt_order post runner sent traffic webhook_uplink)
tsan: $(B)/.deps-test $(B)/tsan/bin $(THREADED)
	@TSAN_OPTIONS="halt_on_error=1 suppressions=tests/unit/tsan.supp" tests/run.sh $(THREADED) tests/fault/threads.py

# libFuzzer targets: make fuzz RUNS=1000000
RUNS ?= 100000
FUZZ := $(CLANG) -O1 -g -std=c11 -D_GNU_SOURCE -DVERSION='"fuzz"'
$(B)/fuzz/obj/%.o: %.c | $(B)/.deps-test
	$(call say,FUZZ,$@)
	@mkdir -p $(@D)
	$(Q)$(FUZZ) -MMD -MP -fsanitize=fuzzer-no-link,address,undefined -c -o $@ $<
$(B)/fuzz/libpure.a: $(PURE:%.c=$(B)/fuzz/obj/%.o)
	$(call say,AR,$@)
	$(Q)rm -f $@; ar rcs $@ $^
$(B)/fuzz/f_%: tests/fuzz/f_%.c $(B)/fuzz/libpure.a
	$(call say,FUZZ,$@)
	$(Q)$(FUZZ) -fsanitize=fuzzer,address,undefined -o $@ $< \
	    $$(sed -n 's|^/\* with: \(.*\) \*/|\1|p' $<) $(B)/fuzz/libpure.a -lconfig -ljansson -lcbor -lmd -lm
fuzz: $(FUZZC:tests/fuzz/%.c=$(B)/fuzz/%)
	@tests/fuzz/run.sh $(RUNS) $^

# Half an hour behind an emulated 2G link with three outages
soak-2g: all
	@tests/fault/soak_2g.py

# Everything that a box needs but /etc/tidegate/tidegate.conf, which is the user's.
# In folders as they stand in usr/share: install -D makes no difference of them.
UNITDIR ?= $(PREFIX)/lib/systemd/system
STRIP ?= -s
TO := $(DESTDIR)$(PREFIX)
DOC := $(TO)/share/doc/tidegate
put = set -e; for p in $(1); do install -D -m 644 $$p $(2); done
install: all
	install -D -m 755 $(STRIP) $(B)/tidegate $(TO)/sbin/tidegate
	$(call put,devices/profiles/*.conf,$(TO)/share/tidegate/profiles/$${p##*/})
	$(call put,rules/packs/*.conf,$(TO)/share/tidegate/packs/$${p##*/})
	$(call put,rules/stories/*.conf,$(TO)/share/tidegate/stories/$${p##*/})
	$(call put,conf/*.conf,$(TO)/share/tidegate/$${p##*/})
	$(call put,$(MAN),$(TO)/share/man/$$(echo $$p | sed -n 's|^.*man/\(zh_CN/\)*\([^/]*\.\([1-9]\)\)$$|\1man\3/\2|p'))
	cd $(B) && find locale -name '*.mo' -exec install -D -m 644 {} $(TO)/share/{} \;
	$(call put,README.md docs/*.md,$(DOC)/$${p##*/})
	sed -i 's:](docs/:](:g; s:](\(\.\./\)*debian/examples/:](examples/:g' $(DOC)/*.md
	$(call put,docs/schema/*.json,$(DOC)/schema/$${p##*/})
	$(call put,debian/examples/*.conf debian/examples/*.rules,$(DOC)/examples/$${p##*/})
	install -D -m 644 debian/tidegate.sysusers $(TO)/lib/sysusers.d/tidegate.conf
	$(call put,debian/*.service,$(DESTDIR)$(UNITDIR)/$${p##*/})

# What install put there, found by installing it elsewhere; the user's files stay.
uninstall: all
	$(Q)t=$$(mktemp -d) && trap 'rm -rf "$$t"' EXIT && \
	    $(MAKE) -s install DESTDIR="$$t" PREFIX=$(PREFIX) UNITDIR=$(UNITDIR) STRIP= && \
	    (cd "$$t" && find . ! -type d) | while read -r f; do rm -f "$(DESTDIR)/$$f"; done && \
	    (cd "$$t" && find .$(PREFIX) -mindepth 1 -depth -type d) | while read -r d; do \
	    rmdir --ignore-fail-on-non-empty "$(DESTDIR)/$$d"; done

# build/tidegate_VERSION_ARCH.deb, and the like with what debuggers want
deb:
	@debian/deps deb
	@mkdir -p $(B)
	rm -f $(B)/*.deb
	dpkg-checkbuilddeps
	$(Q)DEB_TO=$(CURDIR)/$(B) debian/rules binary
	$(Q)dh_clean

# The package on a Debian 12 with systemd, under qemu: some ten minutes
box: all
	$(Q)$(MAKE) --no-print-directory deb
	@tests/box/t_box.py

clean:
	rm -rf $(B)

.PHONY: all run test lint bench fuzz soak-2g tsan box install uninstall deb clean
.PRECIOUS: $(B)/obj/%.o $(B)/asan/%.o $(B)/tsan/%.o $(B)/fuzz/obj/%.o
-include $(shell find $(B) -name '*.d' 2>/dev/null)
