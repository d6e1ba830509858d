# Carya: `make help` lists the targets.
SHELL := /bin/bash
BIN   := bin/carya
ROOT  ?= domains
LISTEN ?= 127.0.0.1:8080

# What the tests need besides Go, as command=Debian package: a C compiler for the
# race detector, a browser for the sign-in page, npm for the API document and the
# TypeScript client (its packages are pinned in testdata/node), and strace, which makes
# calls to the system fail under the running program. Only what is missing is installed:
# a machine that has Node from elsewhere takes no other one beside it.
TEST_TOOLS := gcc=gcc chromium=chromium node=nodejs npm=npm curl=curl strace=strace

.PHONY: help build run setup test plain check faults bench bench-stores soak fuzz gen clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n",$$1,$$2}' $(MAKEFILE_LIST)

build: ## build bin/carya, which needs nothing of the system it runs on
	@mkdir -p bin
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o $(BIN) ./cmd/carya

run: build ## lay out the domain "demo" under ./domains if there is none, and serve it
	@$(BIN) --root $(ROOT) serve --listen $(LISTEN) --demo

setup: ## install what the tests need (Debian; asks apt only for what is missing)
	@missing=""; for t in $(TEST_TOOLS); do command -v $${t%%=*} >/dev/null || missing="$$missing $${t#*=}"; done; \
	  [ -e /usr/include/stdlib.h ] || missing="$$missing libc6-dev"; \
	  ls /usr/share/fonts/truetype/wqy/*.ttc >/dev/null 2>&1 || missing="$$missing fonts-wqy-zenhei"; \
	  [ -z "$$missing" ] || { echo "installing:$$missing"; \
	  sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  $$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing >/dev/null; }

# The tests that kill processes over and over, or make every call fail in turn, look for
# what is lost, and those of SIZES for what much data costs: neither for data races. They
# run without the race detector, which makes them six times as long. The millions of
# files that they make are not noted for the cache of test results (-count 1): to note
# them took longer than the test. Without collecting garbage below a GiB the injection
# takes a fifth less time.
KILLS := LinksAreFollowedAfterAKill|AKilledVerbOfManyCommitsGoesOn
SIZES := PlannerAnswersLikeAFullScan|BytesBoundACommit|MoreThanOneCommit|SortsInLittleRoomFindTheSame|AVerbOfManyCommitsSaysSo|$\
	AWorkbookTakesItsRoom|LongRowsAreRefused|RestoringManyThingsTakesLittleMemory|OpeningWastesLessThanItKeeps|$\
	ARecordAsLargeAsAllowedIsReadFromItsFile|AMillionNamesAndAddressesAreBounded|GuessingACodeFromEverywhere|APictureBombIsNoAvatar|$\
	OwnerMadeNamesAreFound|ALongScriptIsCompiledInItsLength|WhatIsSentCostsNoMoreThanItIsLong|ValuesOfHostileSizeCostLittle|$\
	MetadataThatCouldNotBeReadBackIsNotWritten
PLAIN := ^Test($(KILLS)|$(SIZES))$$
PLAIN_IN := ./domain ./thingset ./thingset/filestore ./thingset/transfer ./shell/cmds ./www ./cmd/carya/backup

test: setup check ## set up what the tests need, run all checks and all tests
	CARYA_FAULTS=1 GOGC=off GOMEMLIMIT=1GiB go test -count 1 -run TestWhicheverCallFails ./thingset/filestore
	go test -count 1 -run '$(PLAIN)' $(PLAIN_IN)
	go test -race -timeout 40m -skip '^TestWhicheverCallFails|$(PLAIN)' ./...

plain: # the names of the tests that run without the race detector, and where they are
	@echo '$(PLAIN)'; echo '$(PLAIN_IN)'

faults: ## make every call of the engine to the system fail, in every way, ROUNDS times (default 10), with as much luck as there is time for
	CARYA_FAULTS=$${ROUNDS:-10} go test -timeout 0 -count 1 -run TestWhicheverCallFails ./thingset/filestore
	CARYA_CRASH_ROUNDS=$$(( $${ROUNDS:-10} * 100 )) go test -timeout 0 -count 1 -run 'Survive|Refusing' ./thingset/filestore

check: ## formatting, vet, staticcheck, tidy modules
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	go vet ./...
	go tool staticcheck ./...
	go mod tidy -diff

bench: ## measure, as ratios against references in the same run; kept in testdata/bench
	@mkdir -p testdata/bench; out=testdata/bench/$$(date +%F)-$$(git rev-parse --short HEAD).txt; \
	  { echo "# $$(go version), $$(nproc) processors, commit $$(git rev-parse HEAD)"; \
	    CARYA_BENCH_RECORDS=$${RECORDS:-1000000} go test -timeout 60m -run '^$$' -bench . -benchmem $${BENCH:-./...}; } | tee $$out; echo "kept in $$out"

bench-stores: ## measure the engine beside SQLite and bbolt with RECORDS (default 1000000) accounts, and draw it
	cd testdata/bench/stores && go run . -n $${RECORDS:-1000000} -o stores.txt -svg ../../../docs/stores.svg -commit $$(git rev-parse --short HEAD)

soak: ## attack one domain of three in every way for SOAK (default 10m); the others must not notice
	CARYA_SOAK=$${SOAK:-10m} go test -count 1 -timeout 0 -run TestSoak -v ./cmd/carya

fuzz: ## fuzz every target for FUZZTIME (default 1m) each
	@for p in $$(go list ./...); do \
	  for f in $$(go test -list '^Fuzz' $$p | grep '^Fuzz' || true); do \
	    echo "== $$p $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime $${FUZZTIME:-1m} $$p || exit 1; \
	  done; done

gen: ## write the generated reference pages anew
	go test ./cmd/carya -run TestReferenceIsFresh -update

clean: ## remove what was built
	rm -rf bin
