# covpipe: see README.md. The first target is what make alone does.

.DEFAULT_GOAL := build
SHELL := /bin/bash
export CGO_ENABLED := 1

# DuckDB's symbols stay inside the binary, see docs/adr/0007-libraries.md.
LDFLAGS := -extldflags "-Wl,--exclude-libs,ALL -Wl,--gc-sections"

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

.PHONY: setup
setup: ## install what is missing (Debian: PHP, PHPUnit, Xdebug, PCOV, a C compiler)
	@.ci/setup

.PHONY: build
build: ## build bin/covpipe
	@go build -trimpath -ldflags '$(LDFLAGS)' -o bin/covpipe ./cmd/covpipe

.PHONY: demo
demo: setup build ## measure the samples in two weeks (PHP, iOS, Android), show them and what changed
	@.ci/demo

.PHONY: test
test: setup ## run all tests, with real PHPUnit under Xdebug and PCOV
	@go vet ./...
	@COVPIPE_TEST_ALL=1 go test ./...

.PHONY: lint
lint: ## run the linters
	@.ci/setup lint
	@build/tools/golangci-lint run ./...

.PHONY: bench
bench: ## time covpipe against other readers of XML and other ways to run shards (QUICK=1 for a smoke test)
	@.ci/setup bench
	@$(MAKE) --no-print-directory build
	@.ci/bench
	@.ci/bench-shards
	@.ci/bench-fleet
	@.ci/bench-warehouse
	@.ci/bench-dashboard

.PHONY: release
release: ## build what is released, with man pages, completions, SBOM and checksums, into build/release
	@.ci/release

.PHONY: samples
samples: build ## check the samples for cron, systemd, Jenkins, Kubernetes and Docker
	@.ci/samples

KILLS ?= 20
SEED ?= 1
.PHONY: kills
kills: setup ## kill the weekly job with -9, and cut its power, at KILLS moments each (default 20), resume it, and compare
	@COVPIPE_TEST_ALL=1 COVPIPE_TEST_KILLS=$(KILLS) COVPIPE_TEST_SEED=$(SEED) go test ./cmd/covpipe -count=1 -v -timeout 30m \
		-run '^(TestAWeeklyJobThatIsKilledAnywhereEndsAsIfItHadNotBeen|TestAPowerCutAnywhereLosesNothingThatWasSaid)$$' \
		| grep -E '^ *(---|ok|FAIL|weekly|power)'

.PHONY: equality
equality: setup build ## prove on twig and Symfony that the sharded run equals the unsharded one
	@.ci/equality

.PHONY: phpunit-versions
phpunit-versions: build ## run covpipe with PHPUnit 11 and 13, from Debian trixie and sid (root; some minutes, 1 GB)
	@.ci/phpunit-versions

FUZZTIME ?= 5s
.PHONY: fuzz
fuzz: ## run each fuzzer for FUZZTIME (default 5s); what it finds goes into testdata of its package
	@for package in coverage owners parsers; do \
		go test -c -fuzz=. -o build/$$package.fuzz ./$$package && cd $$package || exit 1; \
		for name in $$(../build/$$package.fuzz -test.list '^Fuzz'); do \
			../build/$$package.fuzz -test.run '^$$' -test.fuzz "^$$name\$$" -test.fuzztime $(FUZZTIME) -test.fuzzminimizetime 5x \
				-test.fuzzcachedir ../build/fuzz >../build/fuzz.log 2>&1 || { cat ../build/fuzz.log; exit 1; }; \
			sed -n "s/^fuzz: elapsed/$$package $$name/p" ../build/fuzz.log | tail -n 1; \
		done; cd ..; \
	done

.PHONY: golden
golden: ## rewrite the expected output beside the samples; review reads the difference
	@go test ./parsers ./cmd/covpipe -run 'Golden|Script|Schema' -update

.PHONY: site-libraries
site-libraries: ## fetch the libraries of the dashboard anew, at their versions; git shows no difference
	@.ci/site-libraries

.PHONY: clean
clean: ## remove what was built
	@rm -rf bin build
