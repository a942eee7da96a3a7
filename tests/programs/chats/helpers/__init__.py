"""Helpers of the tests of whole chats."""
