"""Httpx2Transport, under the name that users import."""

from lensconnect.interpreters.transports.adapters.httpx2 import Httpx2Transport as Httpx2Transport
