"""The names of `lensconnect` that a plain send does not need: they are loaded at the first use of one (`__getattr__`)."""

# ruff: noqa: I001 - imports in the order of the table of contents, not by name

# JSON in text; the content of items, and the answers to interactive messages
from lensconnect.content.json import json_object as json_object, json_string as json_string, key as key
from lensconnect.content.templates import *
from lensconnect.content.answers import *
from lensconnect.content.contents import *

# Operations in text, and items from elsewhere
from lensconnect.wire.documentation import doc as doc
from lensconnect.wire.items import *

# Programs over many replies, and programs that are run without an environment
from lensconnect.programs.stream import *
from lensconnect.programs.pages import *
from lensconnect.programs.rehearse import *
from lensconnect.programs.usage_errors import UnrunProgramWarning as UnrunProgramWarning

# Live chats
from lensconnect.live.files import *
from lensconnect.live.notifications import *
from lensconnect.live.options import *
from lensconnect.live.position import *
from lensconnect.live.transcript import *
from lensconnect.programs.chats.opening import *
from lensconnect.programs.chats.receiving import *
from lensconnect.programs.chats.sending import *
