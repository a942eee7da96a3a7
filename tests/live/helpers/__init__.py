"""Helpers of the tests of live chats."""
