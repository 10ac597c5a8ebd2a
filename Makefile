# diktyo: two commands matter: `make demo` and `make check`. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

CC ?= gcc
VARIANT ?= plain
out := build/$(VARIANT)
packages := glib-2.0 gio-2.0 gmime-3.0 sqlite3 libidn2 libseccomp jansson
packages_at_need := libxml-2.0 openssl libesmtp-1.0# opened when they are wanted: src/base/library.h

warnings := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wpointer-arith \
            -Wformat=2 -Wvla -Wno-missing-field-initializers
hardening := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE -fvisibility=hidden
flags_plain := -O2 -g $(hardening)
flags_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -fvisibility=hidden -fPIE
link_plain := -pie -Wl,-z,relro,-z,now
link_asan := -pie -fsanitize=address,undefined

# Looked up once, and only when something is compiled: `make deps` must work on a machine without pkg-config.
library_flags = $(eval library_flags := $$(shell pkg-config --cflags $(packages) $(packages_at_need)))$(library_flags)
library_links = $(eval library_links := $$(shell pkg-config --libs $(packages)))$(library_links)
compile = $(CC) -std=gnu17 $(warnings) $(flags_$(VARIANT)) -D_GNU_SOURCE -DG_LOG_DOMAIN='"diktyo"' -include src/base/banned.h -Isrc -I$(out) $(library_flags) -MMD -MP

# The variant with sanitizers is clang's, whose fuzzer runs on the same objects.
sanitized := VARIANT=asan CC=clang

sources := $(sort $(wildcard src/*/*.c))
objects := $(sources:src/%.c=$(out)/%.o) $(out)/builtin.o
library := $(out)/libdiktyo.a
builtin_files := $(sort $(wildcard templates/*/*) etc/diktyo.conf)

.PHONY: all asan clean help install uninstall
all: build/diktyo ## build the program: build/diktyo

build/diktyo: $(out)/diktyo
	@ln -f $< $@

$(out)/diktyo: $(out)/main.o $(library)
	@echo '  link $@'
	@$(CC) $(flags_$(VARIANT)) $(link_$(VARIANT)) -o $@ $(out)/main.o $(library) $(library_links)

$(library): $(objects)
	@rm -f $@ && ar rcs $@ $(objects)

# The names under which the linker knows the libraries that are opened at need.
$(out)/base/libraries.h:
	@mkdir -p $(@D) && echo '  ask the linker: $@'
	@echo 'int main(void) { return 0; }' | $(CC) -x c - -o $(out)/needs -Wl,--no-as-needed $$(pkg-config --libs $(packages_at_need))
	@readelf -d $(out)/needs | sed -n 's/.*(NEEDED).*\[lib\(xml2\|ssl\|esmtp\)\(\.so[^]]*\)\]/#define LIBRARY_\U\1\E "lib\1\2"/p' > $@

$(objects): | $(out)/base/libraries.h

$(out)/%.o: src/%.c
	@mkdir -p $(@D) && echo '  cc $<'
	@$(compile) -c $< -o $@

# The notices and the commented configuration are built into the program: one file to install.
$(out)/builtin.c: src/builtin.gresource.xml $(builtin_files)
	@mkdir -p $(@D)
	@glib-compile-resources --internal --generate-source --c-name builtin --sourcedir=. --target=$@ $<

$(out)/builtin.o: $(out)/builtin.c
	@$(CC) -std=gnu17 -O1 -fPIE -fvisibility=hidden $(library_flags) -c $< -o $@

asan: ## build with address and undefined-behaviour sanitizers: build/asan/diktyo
	$(MAKE) --no-print-directory $(sanitized) build/asan/diktyo

clean: ## remove what was built
	rm -rf build

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

prefix ?= /usr/local
install: all ## install below $(prefix): the program, its man pages and the samples
	install -D -m 755 build/diktyo $(DESTDIR)$(prefix)/bin/diktyo
	install -D -m 644 -t $(DESTDIR)$(prefix)/share/man/man1 man/diktyo.1
	install -D -m 644 -t $(DESTDIR)$(prefix)/share/man/man5 man/diktyo.conf.5
	install -D -m 644 -t $(DESTDIR)$(prefix)/share/man/man7 man/diktyo-mail.7
	install -d $(DESTDIR)$(prefix)/share/diktyo
	cp -r etc maildir-hooks $(DESTDIR)$(prefix)/share/diktyo/

uninstall: ## remove what install has put there; instances stay
	rm -f $(DESTDIR)$(prefix)/bin/diktyo $(DESTDIR)$(prefix)/share/man/man1/diktyo.1 \
	    $(DESTDIR)$(prefix)/share/man/man5/diktyo.conf.5 $(DESTDIR)$(prefix)/share/man/man7/diktyo-mail.7
	rm -rf $(DESTDIR)$(prefix)/share/diktyo

unit_tests := $(patsubst tests/unit/%.c,%,$(sort $(wildcard tests/unit/*.c)))

$(out)/unit/%: tests/unit/%.c $(library)
	@mkdir -p $(@D) && echo '  test $@'
	@$(compile) $(link_$(VARIANT)) -o $@ $< $(library) $(library_links) $(own_links) -lcmocka

$(out)/unit/digest_html: own_links = $$(pkg-config --libs libxml-2.0)

.PHONY: unit-programs
unit-programs: $(unit_tests:%=$(out)/unit/%)

include $(wildcard *.mk)
-include $(shell find build -name '*.d' 2>/dev/null)
