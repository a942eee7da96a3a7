"""The model's shared shapes and open enums, one family per file."""

from lensconnect.types.attachment import *
from lensconnect.types.connection import *
from lensconnect.types.item import *
from lensconnect.types.transcript import *
from lensconnect.types.view import *
from lensconnect.types.web_rtc import *
