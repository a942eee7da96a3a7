"""The shared shapes and open enums of the service model, one family per file.

    scalars.py      strings and numbers under their AWS shape names, with their limits; read this first
    connection.py   Websocket, ConnectionCredentials          (CreateParticipantConnection)
    web_rtc.py      WebRTCConnection and its parts            (CreateParticipantConnection)
    item.py         Item, its receipts, attachments and enums (GetTranscript, the WebSocket)
    transcript.py   StartPosition, ScanDirection, SortKey     (GetTranscript)
    attachment.py   UploadMetadata, ContentDisposition        (StartAttachmentUpload, GetAttachment)
    view.py         View                                      (DescribeView)

An open enum is a `NewType` over `str` with named constants: a value that the model does not list yet stays
as it is.
"""

from lensconnect.types.attachment import *
from lensconnect.types.connection import *
from lensconnect.types.item import *
from lensconnect.types.transcript import *
from lensconnect.types.view import *
from lensconnect.types.web_rtc import *
