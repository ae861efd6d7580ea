# Bare `make` prints the targets. Loops over modules are over those of go.work.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

MODULES = $(shell go list -m -f '{{.Dir}}')

FUZZ_SECONDS ?= 120
BENCH_COUNT  ?= 10
BENCH_OUT    ?= bench.out
CRASH_KILLS  ?= 1000
FLEET_KILLS  ?= 100
MUTANTS      ?= 100
MUTANTS_SEED ?= 1
SHOTS        ?= screenshots
SOAK_MONTHS  ?= 5000
SOAK_FUZZ_SECONDS ?= 3600

.PHONY: help test race lint fmt vet tidy fuzz bench crash crash-short soak cover quickstart api ci mutants release-check screenshots

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: ## every module's tests
	go test work

race: ## every module's tests under the race detector
	go test -race work

lint: ## linters and formatters of every module, the version CI uses
	@.ci/lint run

fmt: ## format every module
	@.ci/lint fmt

vet: ## go vet of every module
	go vet work

tidy: ## go mod tidy in every module, without go.work
	@for dir in $(MODULES); do echo "-- $$dir"; (cd "$$dir" && GOWORK=off go mod tidy); done

fuzz: ## every fuzz target, FUZZ_SECONDS shared among them
	@.ci/fuzz $(FUZZ_SECONDS)

bench: ## benchmarks, BENCH_COUNT runs each, into BENCH_OUT (for benchstat)
	go test -run '^$$' -bench . -benchmem -count $(BENCH_COUNT) work | tee $(BENCH_OUT)

crash: ## CRASH_KILLS kills of importers over SQLite and PostgreSQL, FLEET_KILLS of a fleet's workers, with figures
	go test ./integration/crash -count 1 -timeout 60m -v -run '^TestSpec_B1_' -args -crash.kills=$(CRASH_KILLS) -crash.lanes=2
	go test ./examples/fleet -count 1 -timeout 30m -v -run '^TestFleet_killedAtAnyInstant$$' -args -fleet.kills=$(FLEET_KILLS)

crash-short: ## 60 kills, and all that is done to processes besides
	go test ./integration/crash -count 1 -timeout 10m -args -crash.kills=60

soak: ## hours: SOAK_MONTHS simulated months, the models at full length, the fuzz targets for SOAK_FUZZ_SECONDS
	go test ./integration/month -count 1 -timeout 6h -v -run '^TestMonth$$' -args -month.seeds=$(SOAK_MONTHS)
	go test ./integration/model -count 1 -timeout 6h -args -model.schedules=10000 -model.dbschedules=100 -model.pasts=6000
	@.ci/fuzz $(SOAK_FUZZ_SECONDS)

mutants: ## MUTANTS small changes of engine, lease, ledger, stores and matching, each of which a test has to notice
	go run .ci/mutants/main.go .ci/mutants/mutate.go -n $(MUTANTS) -seed $(MUTANTS_SEED)

release-check: ## all that a release needs: bills of materials, licences, vulnerabilities, platforms, CI, mutants; SOAK=1: make soak too
	.ci/release-check

cover: ## statement coverage of the library by all modules' tests
	go test -coverpkg=github.com/securitytrax/adcimport/... -coverprofile=coverage.out work
	@go tool cover -func=coverage.out | tail -n 1

screenshots: ## a picture of every page and state in the browser, light, dark and narrow, into SHOTS
	go test ./integration/browser -count 1 -args -shots "$(abspath $(SHOTS))"

quickstart: ## the README's first command
	go run ./examples/quickstart

api: ## write api/ anew: what each public package exports
	go test ./internal/layout -count 1 -run '^TestSurface$$' -update

ci: ## all that CI does (root on Debian; installs what is missing)
	.ci/run
