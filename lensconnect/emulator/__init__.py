"""The service itself, for tests and first steps: no account, no network.

Emulator()     in this process, without a socket: `.transport`, `.async_transport`, `.start_chat()`
running()      behind HTTP on 127.0.0.1, for any client (extra `emulator`)
"""

from lensconnect.emulator.chat.fault_plan import HttpFault as HttpFault
from lensconnect.emulator.chat.fault_plan import SocketFault as SocketFault
from lensconnect.emulator.chat.lifecycle import MESSAGE_TYPES as MESSAGE_TYPES
from lensconnect.emulator.chat.lifecycle import StartedChat as StartedChat
from lensconnect.emulator.chat.outbox import Frame as Frame
from lensconnect.emulator.chat.outbox import SocketAction as SocketAction
from lensconnect.emulator.chat.outbox import SocketClose as SocketClose
from lensconnect.emulator.chat.outbox import SocketText as SocketText
from lensconnect.emulator.embedded import Emulator as Emulator
from lensconnect.emulator.options import Options as Options
from lensconnect.emulator.server.running import RunningEmulator as RunningEmulator
from lensconnect.emulator.server.running import running as running
