"""The HTTP interface, without any state.

routes      from method and URL to the operation that answers
responses   replies and errors as HTTP responses
errors      the errors of the Participant Service and of `connect`, as values
origin      the headers Host and Origin
cors        the headers that let web pages use the service
"""
