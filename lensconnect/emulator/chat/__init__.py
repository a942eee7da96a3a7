"""The state of chats and the steps that change it."""
