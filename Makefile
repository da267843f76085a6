# The commands of this clone. `make` lists them.
#
# Each uses the environment of the mini-k8s on PATH when there is one, else .venv, made on first use.
# PYTHON=python3.13 chooses the interpreter of .venv.

# The code of this clone is what runs, in every process, whichever environment lends its libraries.
IN = export PYTHONPATH="$(CURDIR)$${PYTHONPATH:+:$$PYTHONPATH}"; cd "$(CURDIR)" && py="$$(.ci/python $(1))" && exec "$$py"

.PHONY: help learn test prove bench chaos weave lint doctor down
help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile

learn: ## open the workshop in JupyterLab (LEARN_PATH=taster, PORT=8899, BROWSER=none, FOLDER=my_mini_k8s)
	@$(call IN,lab) -m mini_k8s learn $(if $(FOLDER),--folder "$(FOLDER)") $(if $(LEARN_PATH),--path "$(LEARN_PATH)")

test: ## run the whole test suite (ARGS="-k weave", ARGS="-n 0": one test at a time)
	@$(call IN,test) -m pytest -n auto --maxprocesses 4 --dist loadfile $(ARGS)

prove: ## prove that every exercise's checks tell the truth (JSON=FILE)
	@$(call IN,test) -m mini_k8s.workshop.prove $(if $(JSON),--json "$(JSON)")

bench: ## measure against the goals; exit 1 when one is missed (JSON=FILE)
	@$(call IN,test) -m tests.bench $(if $(JSON),--json "$(JSON)")

chaos: ## play histories in which everything breaks (SEEDS=2000, SEED=7)
	@$(call IN,test) -m mini_k8s.chaos $(if $(SEEDS),--seeds $(SEEDS)) $(if $(SEED),--seed $(SEED))

weave: ## make notebooks, diagrams and tables from their sources
	@$(call IN,test) -m mini_k8s.workshop.weave

lint: ## style, and stale notebooks
	@$(call IN,test) -m ruff check .
	@$(call IN,test) -m mini_k8s.workshop.weave --check

doctor: ## can this machine run the workshop?
	@$(call IN,lab) -m mini_k8s doctor

down: ## remove every container that was started from here
	@$(call IN,lab) -m mini_k8s down --all
