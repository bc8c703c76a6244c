# The few commands a person needs; CMake does the work. `make help` lists them.
PREFIX  ?= /usr/local
DESTDIR ?=
JOBS    ?= $(shell nproc)
# Tests wait for servers half of the time.
TEST_JOBS ?= $(shell expr $(JOBS) + 2)
# ON: all of every test (make full).
FULL ?= OFF
FULL_NEEDS := $(if $(filter ON,$(FULL)),browser deb lintian)

.PHONY: help build build-tests demo local-aws template npm-package test full check unit asan fuzz fuzz-briefly tidy format \
        install uninstall deb dist container newcomer bench instructions figures soak coverage mutations clean

help:
	@echo "make demo      install what is missing, build, and show a real copy on a real S3 server"
	@echo "make test      the gate: build, and run the tests, with sanitizers too (a quarter of an hour)"
	@echo "make full      all that the gate has no time for, before a release (hours)"
	@echo "make build     build/copyout"
	@echo "make local-aws an AWS on this machine with copyout's stack in it, until Ctrl-C"
	@echo "make template  build/copyout.template.json, for CloudFormation alone;  make npm-package  the CDK construct"
	@echo "make install   into PREFIX ($(PREFIX)), below DESTDIR;  make uninstall  removes what that wrote"
	@echo "make deb       Debian packages, in build/deb;  make dist  the source archive, in build/dist"
	@echo "make container the container image, with Docker or buildah"
	@echo "make unit      the unit tests only, in seconds"
	@echo "make asan      all tests of a sanitized build"
	@echo "make fuzz      fuzz every parser for FUZZ_SECONDS (60) each (tests/fuzz/README.md)"
	@echo "make bench     what an object costs, how fast, beside other tools (docs/performance.md; a quarter of an hour)"
	@echo "make instructions  what one object costs: instructions, requests, system calls, allocations"
	@echo "make mutations faults planted all over the source, and whether unit tests find them (docs/mutations.md)"
	@echo "make soak      faults, kills, two workers, a million objects (docs/reliability.md)"
	@echo "make format    clang-format;  make tidy  clang-tidy;  make coverage  a report"
	@echo "make figures   how the source is built (docs/architecture.md), with what the unit tests leave out"

# The program, libcopyout and the completions.
build:
	@scripts/deps.sh build
	@cmake --preset release >/dev/null
	@cmake --build --preset release -j $(JOBS) --target installed

# And all tests.
build-tests: build
	@cmake --build --preset release -j $(JOBS)

demo:
	@scripts/deps.sh demo
	@JOBS=$(JOBS) scripts/build_quietly.sh copyout
	@scripts/demo.sh

# AWS as the tests have it (tests/servers/README.md), for a person to look at.
local-aws: build
	@scripts/deps.sh test
	@scripts/python.sh tests/servers/local_aws.py --up

# Files of a release, which need Node: the template that CloudFormation deploys by itself (docs/aws.md), and the
# construct as a package of npm, in build/npm.
template:
	@scripts/cdk_npm.sh run --silent template

npm-package:
	@scripts/cdk_npm.sh run --silent package

# The gate: the release build (the unit tests of three layers under valgrind as well, and the lint), then the sanitized
# build, then a second of fuzzing for each parser. With CI=true a test that is skipped is an error.
test: check asan fuzz-briefly

# All of every test in both builds, every allocation that fails, the path of a newcomer, faults planted in the copy machine and
# all over the source, a minute of fuzzing for each parser, the soak's short form with its large runs, and the coverage of it all.
full:
	@$(MAKE) check asan FULL=ON
	@scripts/deps.sh newcomer
	@tests/newcomer/newcomer.py || [ $$? = 77 ]
	@tests/mutations/copy_faults.sh
	@$(MAKE) mutations
	@$(MAKE) fuzz
	@$(MAKE) soak SOAK="--scale 0.05"
	@$(MAKE) coverage

check: build-tests
	@scripts/deps.sh test $(FULL_NEEDS)
	@cmake --preset release -DCOPYOUT_FULL=$(FULL) >/dev/null
	@scripts/run_tests.sh build -j $(TEST_JOBS)

asan:
	@scripts/deps.sh test $(FULL_NEEDS)
	@cmake --preset asan -DCOPYOUT_FULL=$(FULL) >/dev/null
	@cmake --build --preset asan -j $(JOBS)
	@scripts/run_tests.sh build-asan -j $(TEST_JOBS)

fuzz:
	@scripts/deps.sh fuzz
	@cmake --preset fuzz >/dev/null
	@cmake --build --preset fuzz -j $(JOBS)
	@tests/fuzz/run.sh

fuzz-briefly:
	@$(MAKE) fuzz FUZZ_SECONDS=1

unit: build-tests
	@ctest --test-dir build --output-on-failure -j $(JOBS) -L unit

# Some minutes: make bench BENCH=--quick; some of it: make bench BENCH="requests cost"; for the document:
# make bench BENCH=--write
bench: build
	@scripts/deps.sh bench
	@bench/run.sh $(BENCH)

# Beside an older build: make instructions BINARIES="build/copyout OLDER".
instructions: build
	@scripts/deps.sh instructions
	@bench/instructions.sh $(INSTRUCTIONS) $(BINARIES)

# One row of its table: make soak ROWS=sigkill; a short version of all: make soak SOAK="--scale 0.05".
soak: build
	@scripts/deps.sh test bench
	@scripts/python.sh tests/soak/soak.py $(ROWS) $(SOAK)

# Changes one place of the source after another: do the unit tests notice? It writes docs/mutations.md. One folder:
# make mutations MUTATIONS="--only src/net".
mutations:
	@scripts/deps.sh test
	@tests/mutations/mutations.py --write $(MUTATIONS)

tidy: build-tests
	@COPYOUT_TIDY=full ctest --test-dir build --output-on-failure -j $(JOBS) -R lint_tidy

format:
	@clang-format -i $$(git ls-files 'src/*.[ch]' 'include/*.h' 'examples/*.c' 'tests/*.[ch]')

# The build itself runs the program, which leaves coverage of its own: it is removed before the tests run.
coverage:
	@cmake --preset coverage >/dev/null && cmake --build --preset coverage -j $(JOBS)
	@find build-coverage -name '*.gcda' -delete
	@scripts/run_tests.sh build-coverage -j $(TEST_JOBS)
	@scripts/coverage.py build-coverage --least 95 88

# As for coverage.
figures:
	@cmake --preset coverage >/dev/null && cmake --build --preset coverage -j $(JOBS)
	@find build-coverage -name '*.gcda' -delete
	@ctest --test-dir build-coverage -j $(JOBS) -L unit
	@scripts/coverage.py build-coverage --least 80 0
	@scripts/figures.py --coverage build-coverage

install: build
	@DESTDIR="$(DESTDIR)" scripts/release/install.sh install "$(PREFIX)"

# With the PREFIX and the DESTDIR of the installation.
uninstall:
	@DESTDIR="$(DESTDIR)" scripts/release/install.sh uninstall "$(PREFIX)"

# docs/install.md
deb:
	@scripts/deps.sh deb
	@JOBS=$(JOBS) scripts/release/deb.sh

dist:
	@scripts/release/dist.sh

container:
	@scripts/container.sh

# The path of a newcomer, on a Debian that has git and make (as root; docs/newcomer.log).
newcomer:
	@scripts/deps.sh newcomer
	@tests/newcomer/newcomer.py

clean:
	@rm -rf build build-asan build-coverage build-strict build-fuzz build-mutations
