"""The web page on which a person plays the agent.

guard        the page's files, and the rule that refuses web pages of other sites
feed         the chats, planned faults and traffic, pushed to the page over a WebSocket
traffic_log  the last requests and frames, with their secrets masked
static/      the page: HTML, CSS and JavaScript modules without a build step
"""
