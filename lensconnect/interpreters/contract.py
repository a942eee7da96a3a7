"""Transport and AsyncTransport, under the name that users import."""

from lensconnect.interpreters.transports.protocol import AsyncTransport as AsyncTransport
from lensconnect.interpreters.transports.protocol import Transport as Transport
