"""Keep pytest from importing the files that only type checkers read."""

collect_ignore = ["accepted.py", "rejected.py"]
