"""A bot that finds parcels, and leaves the chat to a person when it is asked to."""
