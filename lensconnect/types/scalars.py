"""The scalar shapes of the service model under their AWS names: a Python type and its limits.

Facts: names and limits are those of the service model `connectparticipant` 2018-09-07; limits of text count
characters.  The marks SECRET and PERSONAL are this package's choice, except where the model has `sensitive`.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from lensconnect.marks import BEARER, PERSONAL, SECRET, number, text
from lensconnect.record import ConnectionToken, ParticipantToken

ArtifactId: TypeAlias = Annotated[str, text(1, 256)]
AttachmentName: TypeAlias = Annotated[str, text(1, 256), PERSONAL]
AttachmentSizeInBytes: TypeAlias = Annotated[int, number(1)]
AuthenticationUrl: TypeAlias = Annotated[str, text(1, 2083), SECRET]
ChatContent: TypeAlias = Annotated[str, text(1, 16384), PERSONAL]
ChatContentType: TypeAlias = Annotated[str, text(1, 100)]
ChatItemId: TypeAlias = Annotated[str, text(1, 256)]
ClientToken: TypeAlias = Annotated[str, text(0, 500)]
ConnectionBearer: TypeAlias = Annotated[ConnectionToken, text(1, 1000), BEARER]
ContactId: TypeAlias = Annotated[str, text(1, 256)]
ContentType: TypeAlias = Annotated[str, text(1, 255)]
DisplayName: TypeAlias = Annotated[str, text(1, 256), PERSONAL]
Instant: TypeAlias = Annotated[str, text(1, 100)]
JoinToken: TypeAlias = Annotated[str, SECRET]
MaxResults: TypeAlias = Annotated[int, number(0, 100)]
MetadataUrl: TypeAlias = Annotated[str, text(1, 2000), SECRET]
MostRecent: TypeAlias = Annotated[int, number(0, 100)]
NextToken: TypeAlias = Annotated[str, text(1, 1000), SECRET]
NonEmptyClientToken: TypeAlias = Annotated[str, text(1, 500)]
ParticipantId: TypeAlias = Annotated[str, text(1, 256)]
ParticipantBearer: TypeAlias = Annotated[ParticipantToken, text(1, 1000), BEARER]
PreSignedAttachmentUrl: TypeAlias = Annotated[str, text(1, 2000), SECRET]
PreSignedConnectionUrl: TypeAlias = Annotated[str, text(1, 2000), SECRET]
RedirectURI: TypeAlias = Annotated[str, text(1, 1024)]
SessionId: TypeAlias = Annotated[str, text(36, 36)]
URI: TypeAlias = Annotated[str, text(1, 2000)]
URLExpiryInSeconds: TypeAlias = Annotated[int, number(5, 300)]
ViewAction: TypeAlias = Annotated[str, text(1, 255), SECRET]
ViewId: TypeAlias = Annotated[str, text(1, 500)]
ViewInputSchema: TypeAlias = Annotated[str, SECRET]
ViewName: TypeAlias = Annotated[str, text(1, 255), SECRET]
ViewTemplate: TypeAlias = Annotated[str, SECRET]
