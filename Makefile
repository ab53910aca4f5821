# `make help` lists every verb. `make check` is what a commit must pass; .ci/run calls it too.

GO       ?= go
FUZZTIME ?= 10s
ARGS     ?=
LINT      = bin/golangci-lint

.DEFAULT_GOAL := help
.PHONY: help check fmt format vet lint test race tidy fuzz interop bench demo api build cover image clean

help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-8s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

check: format vet lint race tidy ## All that a commit must pass: format, vet, lint, race tests, tidy go.mod

fmt: $(LINT) ## Format every Go file in place
	$(LINT) fmt ./...

format: $(LINT) ## Fail if a Go file is not formatted
	$(LINT) fmt --diff ./...

vet: ## go vet
	$(GO) vet ./...

lint: $(LINT) ## Few rules, truly enforced (.golangci.yml)
	$(LINT) run ./...

test: ## The tests, as in the README
	$(GO) test ./...

race: ## The tests with the race detector, in random order (needs a C compiler)
	$(GO) test -race -shuffle=on ./...

tidy: ## Fail if go.mod or go.sum is not tidy
	$(GO) mod tidy -diff

fuzz: ## Fuzz every fuzz test for a while (FUZZTIME=10s)
	@set -e; for package in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "$$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$package; \
		done; \
	done

interop: build ## Against real peers: SIPp, Kamailio with baresip, the JavaScript NATS client
	.ci/interop/run

bench: ## Calls per second, CPU and latencies against a scripted PBX (ARGS="--rate 500")
	$(GO) run ./cmd/tieline bench $(ARGS)

demo: ## Everything in one process, nothing to configure
	$(GO) run ./cmd/tieline demo $(ARGS)

api: ## The contract as one HTML page, bin/asyncapi.html
	$(GO) run ./.ci/api docs/asyncapi.yaml bin/asyncapi.html

build: ## The static binary, bin/tieline
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/tieline ./cmd/tieline

cover: ## Test coverage over all packages, cover.out
	$(GO) test -coverpkg=./... -coverprofile=cover.out ./...
	$(GO) tool cover -func=cover.out | tail -n 1

image: ## The container image, tieline
	docker build -t tieline .

clean: ## Remove what was built
	rm -rf bin cover.out

# Pinned in tools.mod, apart from what the gateway itself depends on. Built once.
$(LINT): tools.mod
	$(GO) build -modfile=tools.mod -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
