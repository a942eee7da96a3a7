"""The HTTP APIs: the participant service, the admin API, object storage and the login page."""
