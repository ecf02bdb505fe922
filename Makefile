# make run    build and serve on http://localhost:8080 (needs only Go)
# make test   run deps, gofmt and all but the longest tests, and the concurrency
#             packages again with the race detector (minutes)
# make soak   run every test with the race detector, including the longest ones
#             (faults under load, ten cache lifetimes, crawls of the whole site,
#             every page in every language and width, tables edited by LibreOffice),
#             then fuzz (an hour)
# make check  run only the linters: gofmt, vet, staticcheck, import rules; test.yml
#             and make soak run them too
# make deps   only install what make test needs (as root on Debian; elsewhere,
#             report what is missing); make soak-deps: what make soak needs
# make fuzz   run every fuzz test for 15 s: make fuzz FUZZTIME=1m for longer
# make bench  run the benchmarks; they cannot fail a test

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
GO      ?= go
FLAGS    = -trimpath -ldflags "-s -w -X main.version=$(VERSION)"

.PHONY: all build run test test-plain race-build race-packages race-shop soak check gofmt bench generate deps soak-deps fuzz clean

all: build

build:
	CGO_ENABLED=0 $(GO) build $(FLAGS) -o bin/pharmacy ./cmd/pharmacy

run: build
	./bin/pharmacy serve

# deps only installs what the tests need, if it runs as root on Debian. Otherwise
# it fails if a program is missing and lists the missing ones. Any browser of
# BROWSERS will do; the headless shell needs half the processor time of the others.
PACKAGES = gcc libc6-dev redis-server fonts-noto-core
HEADLESS = chromium-headless-shell
BROWSERS = $(HEADLESS) chromium chromium-browser google-chrome google-chrome-stable chrome
deps:
	@has() { command -v "$$1" >/dev/null 2>&1; }; \
	if [ "$$(id -u)" = 0 ] && has apt-get && has dpkg-query; then \
	  missing=; for p in $(PACKAGES); do \
	    dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	  browser=; for p in $(BROWSERS); do has $$p && browser=$$p; done; \
	  headless=$(HEADLESS); \
	  if has $$headless || { [ -n "$$browser" ] && ! apt-cache show $$headless >/dev/null 2>&1; }; then headless=; fi; \
	  if [ -z "$$missing$$headless" ]; then exit 0; fi; \
	  install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$$@" >/dev/null; }; \
	  echo "installing$$missing $$headless"; \
	  apt-get update -qq || [ -z "$$missing" ] || exit 1; \
	  [ -z "$$missing" ] || install $$missing || exit 1; \
	  [ -z "$$headless" ] || install $$headless 2>/dev/null || [ -n "$$browser" ] || install chromium; \
	else \
	  missing=; \
	  for p in redis-server $(PROGRAMS); do has $$p || missing="$$missing $$p"; done; \
	  cc=$$($(GO) env CC); has "$${cc%% *}" || missing="$$missing $$cc"; \
	  browser=; for p in $(BROWSERS); do has $$p && browser=$$p; done; \
	  for p in "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" /Applications/Chromium.app/Contents/MacOS/Chromium; do \
	    [ -x "$$p" ] && browser=$$p; done; \
	  [ -n "$$browser" ] || missing="$$missing chromium"; \
	  if [ "$$(uname)" != Darwin ]; then \
	    has fc-list || missing="$$missing fontconfig"; \
	    ! has fc-list || [ -n "$$(fc-list :lang=fa)" ] || missing="$$missing noto-fonts"; fi; \
	  if [ -n "$$missing" ]; then echo "tests need:$$missing (install them, or run as root on Debian)" >&2; exit 1; fi; \
	fi

# soak-deps is deps with the spreadsheet program whose files the tests import.
soak-deps: PACKAGES += libreoffice-calc
soak-deps: PROGRAMS = soffice
soak-deps: deps

# RACED are the concurrency packages. Of SHOP, make test runs only the conformance
# tests of a single process with the race detector.
RACED = ./internal/cache ./internal/pagecache ./internal/session ./internal/supply
SHOP  = ./internal/storefront

# -short skips the long tests, which make soak runs. The race detector needs cgo.
# The browser tests write screenshots to artefacts/.
TEST = PHARMACY_ARTEFACTS=$(CURDIR)/artefacts $(GO) test -shuffle=on
# SHOP is the slowest package and so goes first. Vet is part of check. The
# dependencies are built for the race detector beforehand, because the two raced
# sets would otherwise both build them.
test: deps gofmt
	@$(MAKE) --no-print-directory -j2 test-plain race-build
	@$(MAKE) --no-print-directory -j2 race-packages race-shop

test-plain:
	$(TEST) -vet=off -short -timeout 30m $(SHOP) ./...

race-build:
	CGO_ENABLED=1 $(GO) build -race $(RACED) $(SHOP)

race-packages:
	CGO_ENABLED=1 $(TEST) -vet=off -short -race -timeout 30m $(RACED)

race-shop:
	CGO_ENABLED=1 $(TEST) -vet=off -short -race -timeout 30m -run '^TestConformance$$/^in_process$$' $(SHOP)

# -p 1, because the tests of one package already start many processes.
soak: soak-deps check
	CGO_ENABLED=1 $(TEST) -vet=off -race -p 1 -timeout 60m ./...
	$(MAKE) fuzz

gofmt:
	@unformatted=$$(gofmt -l cmd internal templates static data); \
	if [ -n "$$unformatted" ]; then echo "gofmt would change:" $$unformatted; exit 1; fi

check: gofmt
	$(GO) vet ./...
	$(GO) tool -modfile=.tools/go.mod staticcheck ./...
	$(GO) test -count=1 -run '^TestImports$$' ./cmd/pharmacy

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...

# A minimization of 60 s, Go's default, would use up the time of a target.
FUZZTIME ?= 15s
fuzz:
	@for p in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
	    echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$p || exit 1; done; done

generate:
	$(GO) generate ./data

clean:
	rm -rf bin artefacts
