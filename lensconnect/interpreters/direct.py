"""DirectTransport and AsyncDirectTransport, under the name that users import."""

from lensconnect.interpreters.transports.direct.aio.transport import AsyncDirectTransport as AsyncDirectTransport
from lensconnect.interpreters.transports.direct.sync.transport import DirectTransport as DirectTransport
