"""The direct transports and socket drivers, under the names that users import."""

from lensconnect.interpreters.sockets.async_sockets import AsyncDirectSockets as AsyncDirectSockets
from lensconnect.interpreters.sockets.sync_socket import DirectSockets as DirectSockets
from lensconnect.interpreters.transports.direct.aio.transport import AsyncDirectTransport as AsyncDirectTransport
from lensconnect.interpreters.transports.direct.sync.transport import DirectTransport as DirectTransport
