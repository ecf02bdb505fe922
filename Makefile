# make run    build and serve on http://localhost:8080 (needs only Go)
# make test   install what tests need, then run all of them
# make check  make test's lint: format, vet, staticcheck, imports
# make bench  measure; nothing here decides whether a test passes

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
GO      ?= go
FLAGS    = -trimpath -ldflags "-s -w -X main.version=$(VERSION)"

.PHONY: all build run test check bench generate deps fuzz clean

all: build

build:
	CGO_ENABLED=0 $(GO) build $(FLAGS) -o bin/pharmacy ./cmd/pharmacy

run: build
	./bin/pharmacy serve

# deps installs the Debian packages that tests need where one is missing.
# Without root it says what to install, and the tests fail.
PACKAGES = gcc libc6-dev redis-server chromium fonts-noto-core
deps:
	@missing=; for p in $(PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" != 0 ]; then echo "make test needs:$$missing (install them, or run as root)" >&2; exit 1; fi; \
	  echo "installing$$missing"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi

# The race detector needs cgo. -p 1 leaves the machine to one package's
# processes at a time: tests start servers, Redis and browsers. What the
# browser drew is left in artefacts/.
test: deps check
	PHARMACY_ARTEFACTS=$(CURDIR)/artefacts CGO_ENABLED=1 $(GO) test -race -shuffle=on -p 1 -timeout 30m ./...

check:
	@unformatted=$$(gofmt -l cmd internal templates static data); \
	if [ -n "$$unformatted" ]; then echo "gofmt would change:" $$unformatted; exit 1; fi
	$(GO) vet ./...
	$(GO) tool -modfile=.tools/go.mod staticcheck ./...
	$(GO) test -count=1 -run '^TestImports$$' ./cmd/pharmacy

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...

# fuzz runs every fuzz test for a while: make fuzz FUZZTIME=1m
FUZZTIME ?= 15s
fuzz:
	@for p in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
	    echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p || exit 1; done; done

generate:
	$(GO) generate ./data

clean:
	rm -rf bin artefacts
