"""The web page that plays the agent."""
