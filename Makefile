# Start with `make demo` or `make test`. Both first set up what is missing.

.PHONY: help bootstrap build demo test test-timed test-others docs bench bench-build bench-guard format lint dist release clean

SWIFT_FILES = Package.swift Sources Tests Examples/Package.swift Examples/Sources \
	Examples/Server/Package.swift Examples/Server/Sources Benchmarks/Package.swift Benchmarks/Sources

help:
	@echo 'make demo              set up, build, then train, evaluate and predict on real data (a few minutes)'
	@echo 'make demo DATA=FOLDER  the same with your photos: one folder per class, FOLDER/CLASS/*.jpg'
	@echo 'make test              set up, then run all tests (FILTER=NAME: only tests whose name contains NAME)'
	@echo 'make test QUIET=1      the same, but print only failures'
	@echo 'make docs              build the documentation of the libraries: .build/docs'
	@echo 'make bench             compare the speed with other libraries, on DATA=FOLDER of photos (ONLY=P1,P5 ROUNDS=3)'
	@echo 'make bench-guard       count the instructions of small fixed tasks, and compare with the stored counts'
	@echo 'make build             set up, then build for release: .build/release/apus'
	@echo 'make bootstrap         only set up: Debian packages, LibTorch and OpenVINO in .deps/'
	@echo 'make format, make lint format the Swift files, or report what is not formatted'
	@echo 'make dist              build what a release hands out: archives, Debian packages, an image; in dist/'
	@echo 'make release VERSION=x.y.z   check everything, build dist/, commit and tag (RELEASE=--dry-run: only show it)'
	@echo 'make clean             delete build products, dist/ and the run of the demo, but not .deps/'

bootstrap:
	@scripts/bootstrap

build: bootstrap
	swift build -c release --product apus
	swift build -c release --product ApusTorch

demo: build
	@scripts/demo $(if $(DATA),"$(DATA)")

# Tests run in parallel, each with LibTorch's threads. Waiting threads must not keep the cores busy. Servers, downloads
# and the studio have time-outs, which tests that keep all threads busy would exceed: their tests run before the others,
# in two processes. Of the others, those of Apus take half of the time, most of it on one thread: they have a process
# of their own beside the rest. FLAGS are SwiftPM's.
SWIFT_TEST = OMP_WAIT_POLICY=passive swift test --disable-xctest $(FLAGS) $(if $(QUIET),--quiet)
SERVER_TESTS = '^(ServingTests|ApusServerTests|ApusClientTests|WebTests)[.]'
STUDIO_TESTS = '^(StudioProjectTests|ApusStudioTests)[.]'
LONG_TESTS = '^ApusTests[.]'
test: bootstrap
ifdef FILTER
	$(SWIFT_TEST) --filter "$(FILTER)"
else
	@$(MAKE) --no-print-directory test-timed
	@$(MAKE) --no-print-directory test-others
endif

test-timed:
	$(SWIFT_TEST) --filter $(SERVER_TESTS)
	$(SWIFT_TEST) --skip-build --filter $(STUDIO_TESTS)

# Both always run to their end. The first has its output in a file, so that the two do not mix.
test-others:
	@output=$$(mktemp); \
	$(SWIFT_TEST) --skip-build --ignore-lock --filter $(LONG_TESTS) >"$$output" 2>&1 & long=$$!; \
	$(SWIFT_TEST) --skip-build --ignore-lock --skip $(SERVER_TESTS) --skip $(STUDIO_TESTS) --skip $(LONG_TESTS); \
	others=$$?; wait $$long; long=$$?; cat "$$output"; rm -f "$$output"; \
	[ $$others -eq 0 ] && [ $$long -eq 0 ]

LIBRARIES = Images Checkpoints ONNX Inference Classifier Serving ApusServer ApusClient Torch TorchNN TorchVision \
	TorchDistributed TensorBoard Drawing Apus

# One site for all libraries, ready for a web server. Warnings are errors.
docs: bootstrap
	APUS_DOCUMENTATION=1 swift package --allow-writing-to-directory .build/docs generate-documentation \
		$(LIBRARIES:%=--target %) --enable-experimental-combined-documentation --warnings-as-errors \
		--disable-indexing --transform-for-static-hosting --output-path .build/docs
	@echo 'Documentation: .build/docs (view it with: python3 -m http.server --directory .build/docs)'

bench: build bench-build
	@Benchmarks/setup
	@Benchmarks/run $(if $(DATA),--data "$(DATA)") $(if $(ONLY),--only $(ONLY)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(BENCH)

bench-build: bootstrap
	swift build -c release --package-path Benchmarks --scratch-path .build/benchmarks

bench-guard: bench-build
	@Benchmarks/guard

format:
	swift format format --in-place --parallel --recursive $(SWIFT_FILES)

lint:
	swift format lint --strict --parallel --recursive $(SWIFT_FILES)

dist: bootstrap
	@scripts/dist

release: bootstrap
	@scripts/release $(VERSION) $(RELEASE)

clean:
	rm -rf .build Tests/Consumer/.build Examples/.build Examples/Server/.build runs/demo dist
