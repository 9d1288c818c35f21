# `make demo` and `make test` install what they need; see scripts/.
.DEFAULT_GOAL := help
.PHONY: help demo experiments docs examples test test-devices bench bench-quick bench-gpu gpu-report lint build clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1: /p' Makefile | awk -F': ' '{ printf "  make %-14s %s\n", $$1, $$2 }'

demo: ## train both models on real clips and show the results in demo/index.html
	@scripts/demo

experiments: ## an experiment from packages to its table, in runs/; EXPERIMENT is moving-mnist, sprites, chairs or actors
	@Experiments/run "$(EXPERIMENT)" "runs/$(EXPERIMENT)"

test: ## build without warnings, check the format, and run all tests on PoCL
	@scripts/test

test-devices: ## run the device tests on Intel's CPU runtime, Oclgrind and rusticl
	@scripts/test-devices

bench: ## compare training speed with PyTorch; select cases with BENCH="--cases dcgan64/b32/w16"
	@scripts/setup python3-venv
	@python3 Benchmarks/run.py $(BENCH)

bench-quick: ## the same in a few minutes (two small cases, two rounds, no torch.compile)
	@scripts/setup python3-venv
	@python3 Benchmarks/run.py --quick $(BENCH)

bench-gpu: ## compare on the first GPU; DRNET_BENCH_PYTHON names a Python with PyTorch, else it is installed
	@scripts/setup python3-venv
	@python3 Benchmarks/run.py --gpu $(BENCH)

gpu-report: ## analyse the code that GPU compilers generate for every kernel, without a GPU
	@Benchmarks/gpu/setup
	@python3 Benchmarks/gpu/report.py

docs: ## build the documentation of the library in .build-docs/html
	@scripts/setup
	@scripts/docs

examples: ## build and run the programs in Examples/
	@scripts/setup
	@scripts/build-tests
	@scripts/examples

lint: ## check the format of the sources
	@scripts/setup --optional clang-format
	@scripts/lint

build: ## build the drnet command
	@scripts/setup
	@swift build --configuration release --product drnet

clean: ## remove build products; keep runs and the demo
	@rm -rf .build .build-test
