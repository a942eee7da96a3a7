"""The HTTP APIs: from a route to a response.

dispatch         picks the API of a route
participant      the operations of the participant service, with idempotency and enums
admin            the emulator's own API, with snapshots
object_storage   uploads and downloads of attachments
login_page       the page behind an authentication URL
"""
