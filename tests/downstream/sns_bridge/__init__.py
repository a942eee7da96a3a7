"""A bridge between a messenger and chats, made of functions that live for one message, as in AWS Lambda."""
