# The demonstration: a real Postfix in a folder, six groups, twelve members, nine mails (demo/run tells the story).
demo: deps ## see Greek office mail travel through a private Postfix and diktyo (root)
	@$(MAKE) --no-print-directory all
	@demo/run build/diktyo

demo-stop: ## end what `make demo` started
	@demo/stop
