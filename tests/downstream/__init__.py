"""Three packages as users would write them, each with its tests: they use the public names and the test kit alone."""
