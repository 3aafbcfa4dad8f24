# Everything starts here: `make demo` shows Apus at work, `make test` proves it. Both set up what is missing first.

.PHONY: help bootstrap build demo test docs bench bench-build bench-guard format lint clean

SWIFT_FILES = Package.swift Sources Tests Examples/Package.swift Examples/Sources Benchmarks/Package.swift Benchmarks/Sources

help:
	@echo 'make demo              set up, build, then train, evaluate and predict on real data (a few minutes)'
	@echo 'make demo DATA=FOLDER  the same with your own photos: a folder of classes, FOLDER/CLASS/*.jpg'
	@echo 'make test              set up, then run every test (FILTER=NAME: those whose name holds NAME)'
	@echo 'make test QUIET=1      the same, and only what fails is told'
	@echo 'make docs              build the documentation of the libraries: .build/docs'
	@echo 'make bench             run ours and the peers in turn, on DATA=FOLDER of photos (ONLY=P1,P5 ROUNDS=3)'
	@echo 'make bench-guard       count the instructions of small fixed works, and compare with those stored'
	@echo 'make build             set up, then build for release: .build/release/apus'
	@echo 'make bootstrap         set up alone: Debian packages, LibTorch and OpenVINO under .deps/'
	@echo 'make format, make lint put the Swift files in form, or tell what is not'
	@echo 'make clean             delete what was built and the demo'"'"'s run; .deps/ stays'

bootstrap:
	@scripts/bootstrap

build: bootstrap
	swift build -c release --product apus

demo: build
	@scripts/demo $(if $(DATA),"$(DATA)")

# Tests run side by side, each with LibTorch's team of threads; a team that waits is not to keep the cores busy.
test: bootstrap
	OMP_WAIT_POLICY=passive swift test --disable-xctest $(if $(FILTER),--filter "$(FILTER)") $(if $(QUIET),--quiet)

LIBRARIES = Images Checkpoints ONNX Inference Classifier Torch TorchNN TorchVision TensorBoard Drawing Apus

# One site for all libraries, ready for a web server; a warning is an error.
docs: bootstrap
	APUS_DOCUMENTATION=1 swift package --allow-writing-to-directory .build/docs generate-documentation \
		$(LIBRARIES:%=--target %) --enable-experimental-combined-documentation --warnings-as-errors \
		--disable-indexing --transform-for-static-hosting --output-path .build/docs
	@echo 'The documentation is in .build/docs: python3 -m http.server --directory .build/docs'

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

clean:
	rm -rf .build Tests/Consumer/.build Examples/.build runs/demo
