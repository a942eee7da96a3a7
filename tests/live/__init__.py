"""Tests of live chats."""
