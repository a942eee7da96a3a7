"""get_connection_token: exchange a participant token for the token that the other operations take."""

from __future__ import annotations

from lensconnect.errors import Error, SerializeError
from lensconnect.operations import CreateParticipantConnection
from lensconnect.programs.program import Program, Steps, program
from lensconnect.programs.send import send
from lensconnect.record import ConnectionToken, ParticipantToken
from lensconnect.types.connection import CONNECTION_TYPE_CONNECTION_CREDENTIALS

__all__ = ["get_connection_token"]


@program
def get_connection_token(participant_token: ParticipantToken) -> Steps[ConnectionToken]:
    """Create a connection of the participant and return its connection token.

    It sends one CreateParticipantConnection for CONNECTION_CREDENTIALS alone, so it opens no WebSocket.  The
    token is valid for one day at most, and not after the chat has ended (API_CreateParticipantConnection).  It is a
    plain `str`, which `print` shows.

    Fails as `send` does, and with `SerializeError` where the reply has no token.
    """
    return (yield from request_connection_token(participant_token))


def request_connection_token(
    participant_token: ParticipantToken, *, connect_participant: bool | None = None
) -> Steps[ConnectionToken]:
    """Create a connection for the token alone; with `connect_participant` it also connects the participant.

    Fails with the `Error` of `get_connection_token`.
    """
    reply = yield from send(
        CreateParticipantConnection(
            participant_token=participant_token,
            type=(CONNECTION_TYPE_CONNECTION_CREDENTIALS,),
            connect_participant=connect_participant,
        )
    )
    credentials = reply.connection_credentials
    if credentials and credentials.connection_token:
        return credentials.connection_token
    missing: Program[ConnectionToken, Error] = Program.from_failure(
        SerializeError(reply.http_status, "the reply has no connection token")
    )
    return (yield from missing)
