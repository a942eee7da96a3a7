"""A tester of contact flows: a table of steps, walked through as the customer."""
