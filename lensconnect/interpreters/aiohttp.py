"""AiohttpTransport, under the name that users import."""

from lensconnect.interpreters.transports.adapters.aiohttp import AiohttpTransport as AiohttpTransport
