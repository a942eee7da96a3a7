"""Live chats as pure values and functions: no I/O, no clock, no chance of their own.

In the order to read them:

    options          LiveOptions: the times and limits of a chat; Backoff
    notifications    Chat; Notification: the values that `receive` hands out
    position         Position: the place from which a later opening goes on
    files            Progress, Uploaded, Downloaded: files of a chat
    item_versions    the versions of one item, joined
    transcript       Transcript: the items of a chat as a value; merge
    frames           frames of the WebSocket as values
    orders           Order: the next thing to do for a chat, as values
    receipts         when a receipt is to be sent
    delivery         from the items that arrive to those that are handed out, each once and in order
    state            ChatState, and the table of its phases
    failures         whether trying again can help, and the wait before it
    participation    who the participant is, and the rules for what it sends
    transitions      how a chat gets a connection, loses it and ends
    arrivals         an item that has come, and what it says about the chat
    walks            the pages of the transcript, one after the other
    absorbing        absorb: change the state by the outcome of an order
    planning         plan: choose the next order
    machine          advance: absorb, then plan
"""
