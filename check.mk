# check.mk: everything about tests. tests/README.md tells what each kind is for; tests/run runs them and counts.

.PHONY: check check-programs check-house check-unit check-asan check-valgrind check-flow check-crash check-whole check-bounce-years check-digest-years fuzz fuzz-programs \
        tool-programs manual print-compile crash power-cut

# Which suites `make check` runs. Crash tests are run as soon as there are some.
check_suites := house unit asan valgrind flow $(if $(wildcard tests/crash/*.t),crash) fuzz
check_jobs ?= 2

fuzz_targets := $(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/*.c)))
tools := $(patsubst tests/tools/%.c,%,$(sort $(wildcard tests/tools/*.c)))

check: ## install what tests need, then run every test (below ten minutes)
	$(MAKE) --no-print-directory test-deps
	$(MAKE) --no-print-directory -j$(check_jobs) check-programs
	tests/run --jobs $(check_jobs) $(check_suites)

# Two variants of the library: as shipped, and with sanitizers.
check-programs:
	$(MAKE) --no-print-directory all unit-programs tool-programs
	$(MAKE) --no-print-directory $(sanitized) unit-programs $(fuzz_targets:%=build/asan/fuzz/%)

check-house: all ## the rules of the house: floors, doors, headers, symbols, sizes, docs
	tests/run house

check-unit: unit-programs ## unit tests
	tests/run unit

check-asan: ## unit tests with address and undefined-behaviour sanitizers
	$(MAKE) --no-print-directory $(sanitized) unit-programs
	tests/run asan

check-valgrind: unit-programs ## unit tests under valgrind
	tests/run valgrind

check-flow: all tool-programs ## the real program, from a mail to a mailbox
	tests/run flow

check-crash: all tool-programs ## the same, killed at every step
	tests/run crash

check-whole: all tool-programs unit-programs ## unit and flow tests with all of what `check` takes a part of
	WHOLE=1 tests/run --limit 7200 unit flow

check-bounce-years: all ## two simulated years of mail that comes back (make check plays a sample of it)
	BOUNCE_DAYS=730 tests/run --limit 7200 flow=bounce-years

check-digest-years: all tool-programs ## two simulated years of digests (make check plays a sample of it)
	DIGEST_DAYS=730 tests/run --limit 7200 flow=digest-years

fuzz: fuzz-programs ## fuzz each target for 60 seconds
	tests/run --seconds 60 fuzz

fuzz-programs:
	$(MAKE) --no-print-directory $(sanitized) $(fuzz_targets:%=build/asan/fuzz/%)

$(out)/fuzz/%: tests/fuzz/%.c $(library)
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(compile) $(link_$(VARIANT)) -fsanitize=fuzzer -o $@ $< $(library) $(library_links)

# Programs that tests drive: servers with a script, senders with a limp.
tool-programs: $(tools:%=$(out)/tools/%)

$(out)/tools/%: tests/tools/%.c $(library)
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(compile) $(link_$(VARIANT)) -o $@ $< $(library) $(library_links)

manual: all ## write the tables of commands and settings into the man pages
	tests/check/manual.py --write

# What the check of the headers compiles with.
print-compile:
	@:$(info $(compile))

crash: all tool-programs ## kill at every system call, and answer every error there: two hours
	tests/crash/kill.t --all
	tests/crash/errors.t --all

power-cut: all tool-programs ## cut the power at every write and sync (root)
	tests/crash/power-cut.t --all
