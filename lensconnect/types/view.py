"""View: the form that an interactive message shows."""

from __future__ import annotations

from lensconnect.optics import Lens
from lensconnect.record import Shape
from lensconnect.types.scalars import ViewAction, ViewId, ViewInputSchema, ViewName, ViewTemplate

__all__ = [
    "View",
    "ViewContent",
    "view_arn",
    "view_content",
    "view_content_actions",
    "view_content_input_schema",
    "view_content_template",
    "view_id",
    "view_name",
    "view_version",
]


class ViewContent(Shape, frozen=True, kw_only=True):
    """The content of a view (API_ViewContent).

    `input_schema` and `template` are JSON documents as strings; `actions` lists the action names that a
    response may contain.
    """

    input_schema: ViewInputSchema | None = None
    template: ViewTemplate | None = None
    actions: tuple[ViewAction, ...] | None = None


class View(Shape, frozen=True, kw_only=True):
    """A version of a view (API_View)."""

    id: ViewId | None = None
    arn: str | None = None
    name: ViewName | None = None
    version: int | None = None
    content: ViewContent | None = None


view_content_input_schema: Lens[ViewContent, str | None] = Lens(ViewContent, "input_schema")
view_content_template: Lens[ViewContent, str | None] = Lens(ViewContent, "template")
view_content_actions: Lens[ViewContent, tuple[str, ...] | None] = Lens(ViewContent, "actions")
view_id: Lens[View, str | None] = Lens(View, "id")
view_arn: Lens[View, str | None] = Lens(View, "arn")
view_name: Lens[View, str | None] = Lens(View, "name")
view_version: Lens[View, int | None] = Lens(View, "version")
view_content: Lens[View, ViewContent | None] = Lens(View, "content")
