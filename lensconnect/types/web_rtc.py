"""WebRTCConnection and its parts: the data with which a WebRTC client joins a call."""

from __future__ import annotations

from typing import Final, NewType

from lensconnect.optics import Lens
from lensconnect.record import Shape
from lensconnect.types.scalars import URI, JoinToken

__all__ = [
    "Attendee",
    "AudioFeatures",
    "MEETING_FEATURE_STATUS_AVAILABLE",
    "MEETING_FEATURE_STATUS_UNAVAILABLE",
    "MeetingFeatureStatus",
    "MeetingFeaturesConfiguration",
    "WebRTCConnection",
    "WebRTCMediaPlacement",
    "WebRTCMeeting",
    "attendee_attendee_id",
    "attendee_join_token",
    "audio_features_echo_reduction",
    "meeting_features_configuration_audio",
    "web_rtc_connection_attendee",
    "web_rtc_connection_meeting",
    "web_rtc_media_placement_audio_fallback_url",
    "web_rtc_media_placement_audio_host_url",
    "web_rtc_media_placement_event_ingestion_url",
    "web_rtc_media_placement_signaling_url",
    "web_rtc_meeting_media_placement",
    "web_rtc_meeting_meeting_features",
    "web_rtc_meeting_meeting_id",
]

MeetingFeatureStatus = NewType("MeetingFeatureStatus", str)
"""The availability of a feature of a WebRTC meeting (open enum)."""
MEETING_FEATURE_STATUS_AVAILABLE: Final = MeetingFeatureStatus("AVAILABLE")
MEETING_FEATURE_STATUS_UNAVAILABLE: Final = MeetingFeatureStatus("UNAVAILABLE")


class Attendee(Shape, frozen=True, kw_only=True):
    """An attendee of a WebRTC meeting (API_Attendee); the holder of `join_token` can join as this attendee."""

    attendee_id: str | None = None
    join_token: JoinToken | None = None


class AudioFeatures(Shape, frozen=True, kw_only=True):
    """The audio features of a WebRTC meeting (API_AudioFeatures)."""

    echo_reduction: MeetingFeatureStatus | None = None


class MeetingFeaturesConfiguration(Shape, frozen=True, kw_only=True):
    """The features of a WebRTC meeting (API_MeetingFeaturesConfiguration)."""

    audio: AudioFeatures | None = None


class WebRTCMediaPlacement(Shape, frozen=True, kw_only=True):
    """The addresses to which a WebRTC client connects (API_WebRTCMediaPlacement)."""

    audio_host_url: URI | None = None
    audio_fallback_url: URI | None = None
    signaling_url: URI | None = None
    event_ingestion_url: URI | None = None


class WebRTCMeeting(Shape, frozen=True, kw_only=True):
    """A WebRTC meeting (API_WebRTCMeeting); `meeting_id` is a GUID."""

    media_placement: WebRTCMediaPlacement | None = None
    meeting_features: MeetingFeaturesConfiguration | None = None
    meeting_id: str | None = None


class WebRTCConnection(Shape, frozen=True, kw_only=True):
    """The attendee and the meeting that a WebRTC client joins (API_WebRTCConnection)."""

    attendee: Attendee | None = None
    meeting: WebRTCMeeting | None = None


attendee_attendee_id: Lens[Attendee, str | None] = Lens(Attendee, "attendee_id")
attendee_join_token: Lens[Attendee, str | None] = Lens(Attendee, "join_token")
audio_features_echo_reduction: Lens[AudioFeatures, MeetingFeatureStatus | None] = Lens(AudioFeatures, "echo_reduction")
meeting_features_configuration_audio: Lens[MeetingFeaturesConfiguration, AudioFeatures | None] = Lens(
    MeetingFeaturesConfiguration, "audio"
)
web_rtc_media_placement_audio_host_url: Lens[WebRTCMediaPlacement, str | None] = Lens(
    WebRTCMediaPlacement, "audio_host_url"
)
web_rtc_media_placement_audio_fallback_url: Lens[WebRTCMediaPlacement, str | None] = Lens(
    WebRTCMediaPlacement, "audio_fallback_url"
)
web_rtc_media_placement_signaling_url: Lens[WebRTCMediaPlacement, str | None] = Lens(
    WebRTCMediaPlacement, "signaling_url"
)
web_rtc_media_placement_event_ingestion_url: Lens[WebRTCMediaPlacement, str | None] = Lens(
    WebRTCMediaPlacement, "event_ingestion_url"
)
web_rtc_meeting_media_placement: Lens[WebRTCMeeting, WebRTCMediaPlacement | None] = Lens(
    WebRTCMeeting, "media_placement"
)
web_rtc_meeting_meeting_features: Lens[WebRTCMeeting, MeetingFeaturesConfiguration | None] = Lens(
    WebRTCMeeting, "meeting_features"
)
web_rtc_meeting_meeting_id: Lens[WebRTCMeeting, str | None] = Lens(WebRTCMeeting, "meeting_id")
web_rtc_connection_attendee: Lens[WebRTCConnection, Attendee | None] = Lens(WebRTCConnection, "attendee")
web_rtc_connection_meeting: Lens[WebRTCConnection, WebRTCMeeting | None] = Lens(WebRTCConnection, "meeting")
