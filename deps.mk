# What has to be there, by Debian 12's own package names. Each target says what it installs, or that nothing is missing,
# and may run as often as you like. The demo's packages are apart: whoever only builds needs no second mail server.
install_packages := tests/tools/install-packages

build_packages := gcc libc6-dev make pkgconf libglib2.0-dev libglib2.0-dev-bin libgmime-3.0-dev libsqlite3-dev libesmtp-dev \
                  libxml2-dev libseccomp-dev libidn2-dev libjansson-dev libssl-dev ca-certificates tzdata
demo_packages := postfix swaks mutt perl
test_packages := postfix swaks procmail libcmocka-dev perl strace valgrind clang libclang-rt-14-dev python3 python3-dkim \
                 opendkim-tools mandoc shellcheck tmux mutt

.PHONY: build-deps demo-deps
deps: build-deps demo-deps ## install what building and the demo need (root or sudo)

build-deps: ## install only what building needs
	@$(install_packages) 'to build' $(build_packages)

demo-deps:
	@$(install_packages) 'for the demo' $(demo_packages)

test-deps: build-deps ## install what `make check` needs besides
	@$(install_packages) 'for the tests' $(test_packages)
