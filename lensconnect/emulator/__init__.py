"""The service itself, for tests and first steps: no account, no network.

Emulator()     in this process, without a socket: `.transport`, `.async_transport`, `.start_chat()`
running()      behind HTTP on 127.0.0.1, for any client (extra `emulator`)
"""

from lensconnect.emulator.faults import HttpFault as HttpFault
from lensconnect.emulator.faults import SocketFault as SocketFault
from lensconnect.emulator.inprocess import Emulator as Emulator
from lensconnect.emulator.options import Options as Options
from lensconnect.emulator.pushes import Frame as Frame
from lensconnect.emulator.pushes import Outgoing as Outgoing
from lensconnect.emulator.pushes import SocketClose as SocketClose
from lensconnect.emulator.pushes import SocketText as SocketText
from lensconnect.emulator.server import RunningEmulator as RunningEmulator
from lensconnect.emulator.server import running as running
from lensconnect.emulator.start import MESSAGE_TYPES as MESSAGE_TYPES
from lensconnect.emulator.start import StartedChat as StartedChat
