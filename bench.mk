# Measures diktyo beside others (bench/README.md): the quick run, or FULL=1, SLOW=1 (each fsync 4 ms longer), ROUNDS=N, CELLS=WORD.
.PHONY: bench bench-digest bench-deps
bench: bench-deps all ## measure beside smtp-source, mlmmj and Mailman (below eight minutes)
	bench/run $(if $(FULL),--full) $(if $(SLOW),--slow-fsync) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(CELLS),--cells '$(CELLS)')

bench-digest: all ## measure digests: 10,000 persons in five groups with forty posts each (PERSONS=N, PROFILE=1)
	bench/digest $(if $(PERSONS),--persons $(PERSONS),--persons 10000) $(if $(PROFILE),--profile)

bench-deps: build-deps ## install what the benchmark measures
	@$(install_packages) 'for the benchmark' postfix mlmmj mailman3 python3
