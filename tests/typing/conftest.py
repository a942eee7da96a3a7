"""The files here are for checkers: pytest does not import them."""

collect_ignore_glob = ["*.py"]
