"""Adapters: transports over another library's HTTP client.

base      Adapter and ClientAttempt: what both adapters share
aiohttp   AiohttpTransport, on asyncio
httpx2    Httpx2Transport, on asyncio and trio
"""
