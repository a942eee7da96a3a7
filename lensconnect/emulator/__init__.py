"""The Participant Service in memory, for tests and first steps: no AWS account, no network.

    Emulator()     in this process, without a socket: `.transport`, `.sockets`, `.start_chat()`
    running()      the same over HTTP and WebSockets on 127.0.0.1, for any client (extra `emulator`)

Where to find what, in reading order:

    wire/           routes, responses, errors and CORS headers of the HTTP interface
    options         the options, and their form as NAME=VALUE
    chat/           the state of chats, and the context in which an operation changes it
    operations/     the operations of the participant service, a file for each family
    connect/        StartChatContact and the other operations of the Amazon Connect API
    websockets/     the connections and their control frames
    faults/         planned faults: their JSON, and their effect on responses and frames
    api/            from a route to a response: operations, admin API, object storage, login page
    scheduler       the timers that are due, and their handlers
    engine          one deterministic step: input in, response and frames out
    admin           AdminApi: start chats, post as the flow, plan faults
    memory_sockets  WebSockets without a network
    flows           contact flows, bots and agents that are programs
    scripted        a flow as a table of patterns and answers
    embedded        Emulator: the engine behind a lock, with both transports and socket drivers
    agent_ui/       the web page that plays the agent
    server/         the server on loopback
"""

from lensconnect.emulator.chat.fault_plan import HttpFault as HttpFault
from lensconnect.emulator.chat.fault_plan import SocketFault as SocketFault
from lensconnect.emulator.chat.lifecycle import MESSAGE_TYPES as MESSAGE_TYPES
from lensconnect.emulator.chat.lifecycle import StartedChat as StartedChat
from lensconnect.emulator.chat.outbox import Frame as Frame
from lensconnect.emulator.chat.outbox import SocketAction as SocketAction
from lensconnect.emulator.chat.outbox import SocketClose as SocketClose
from lensconnect.emulator.chat.outbox import SocketText as SocketText
from lensconnect.emulator.chat.transfer import TransferredChat as TransferredChat
from lensconnect.emulator.embedded import Emulator as Emulator
from lensconnect.emulator.flows import Flow as Flow
from lensconnect.emulator.flows import FlowChat as FlowChat
from lensconnect.emulator.flows import FlowFailure as FlowFailure
from lensconnect.emulator.flows import transfer as transfer
from lensconnect.emulator.options import Options as Options
from lensconnect.emulator.scripted import ask as ask
from lensconnect.emulator.scripted import scripted as scripted
from lensconnect.emulator.server.running import RunningEmulator as RunningEmulator
from lensconnect.emulator.server.running import running as running
