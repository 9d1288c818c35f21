# `make demo` and `make test` do all their set-up by themselves; see scripts/.
.DEFAULT_GOAL := help
.PHONY: help demo docs examples test test-devices bench bench-quick bench-gpu gpu-report lint build clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1: /p' Makefile | awk -F': ' '{ printf "  make %-14s %s\n", $$1, $$2 }'

demo: ## train both models on real clips and show what they have learnt in demo/index.html
	@scripts/demo

test: ## build without warnings, check the format, and run all tests on PoCL
	@scripts/test

test-devices: ## run the device tests on Intel's CPU runtime, Oclgrind and rusticl
	@scripts/test-devices

bench: ## compare the speed of training with that of PyTorch; BENCH="--cases dcgan64/b32/w16" chooses
	@scripts/setup python3-venv
	@python3 Benchmarks/run.py $(BENCH)

bench-quick: ## the same in a few minutes (two small cases, two rounds, no torch.compile)
	@scripts/setup python3-venv
	@python3 Benchmarks/run.py --quick $(BENCH)

bench-gpu: ## compare on the first GPU; PyTorch for it comes from DRNET_BENCH_PYTHON or is installed
	@scripts/setup python3-venv
	@python3 Benchmarks/run.py --gpu $(BENCH)

gpu-report: ## show what GPUs' own compilers make of every kernel, without a GPU
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

clean: ## remove what was built; runs and the demo stay
	@rm -rf .build .build-test
