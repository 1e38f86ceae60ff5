# The commands of this house. Each target is a line or two; what is longer stands
# in scripts/.
GO ?= go
BENCH ?= compare
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
BUILD = CGO_ENABLED=0 $(GO) build -mod=readonly -trimpath

.PHONY: run build test check pg race crash firstday page pictures interop long dist web bench clean

run: build        ## a node, a witness and a demo world; open the address that it prints
	./bin/fontis demo --dir .run/demo $(DEMO)

build:            ## bin/fontis, one static file
	$(BUILD) -ldflags '-s -w -X fontis/cmd/fontis/console.Build=$(VERSION)' -o bin/fontis ./cmd/fontis

test:             ## all tests, on SQLite
	$(GO) test -mod=readonly ./...

check:            ## form, vet, staticcheck, the rules of the house, all tests
	@form=$$($(GO) tool gofumpt -l cmd demo internal migrations web); test -z "$$form" || { echo "gofumpt -w these:"; echo "$$form"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) test -mod=readonly ./internal/archtest
	$(MAKE) test

pg:               ## the same tests, with the SQL half on a PostgreSQL of their own
	scripts/pg.sh $(GO) test -mod=readonly -p 2 -timeout 15m ./...

race:             ## the short set under the race detector: every package that takes a lock
	CGO_ENABLED=1 $(GO) test -mod=readonly -race -short -run 'Race|Linearizable' ./internal/proofs ./internal/edge/api ./internal/edge/api/ckan ./internal/edge/web
	CGO_ENABLED=1 $(GO) test -mod=readonly -race -short ./internal/engine/... ./internal/trust/... ./internal/duty/calendar/... ./internal/duty/quality/... ./internal/duty/share/... ./internal/duty/catalog/... ./internal/edge/client ./internal/edge/jobs/... ./internal/edge/serve ./internal/edge/taking ./internal/edge/web/entries ./internal/edge/web/live ./internal/edge/web/notes ./internal/edge/web/sharing ./cmd/fontis/node

crash:            ## killed between each pair of steps, again and again
	FONTIS_KILLS=100 $(GO) test -mod=readonly -count=1 -timeout 25m -run 'Crash|Kill|Power' ./internal/engine/db/... ./internal/engine/tlog/... ./internal/trust/... ./internal/proofs/...

firstday: build   ## docs/operate/first-day.md, played on a real PostgreSQL
	scripts/firstday.sh

page: build       ## every page and the story of a datum in Chromium, with axe; needs npm and chromium
	cd web/src && npm ci --ignore-scripts --no-audit --no-fund
	FONTIS_NPM=1 $(GO) test -mod=readonly -count=1 ./web/build
	cd test/page && npm ci --ignore-scripts --no-audit --no-fund
	scripts/pg.sh node test/page/run.mjs

pictures: build   ## docs/pictures again, which README shows; needs npm and chromium
	cd test/page && npm ci --ignore-scripts --no-audit --no-fund
	node test/page/pictures.mjs

interop: build    ## ckanapi, rdflib, SHACL and JSON Schema on a demo node; needs npm and pip
	scripts/interop.sh

long:             ## a million calls of the model, ten thousand kills, fuzz: hours; docs/proofs
	scripts/long.sh

dist:             ## dist/: static archives with checksums, to install without a network
	scripts/dist.sh $(VERSION)
	FONTIS_DIST=$(CURDIR)/dist $(GO) test -mod=readonly -count=1 -run TestDist ./cmd/fontis

web:              ## web/dist again, out of web/src; needs npm
	cd web/src && npm ci --ignore-scripts --no-audit --no-fund
	$(GO) run -mod=readonly ./web/build

bench: build      ## measure this machine
	./bin/fontis bench $(BENCH)

clean:
	rm -rf bin dist .run
