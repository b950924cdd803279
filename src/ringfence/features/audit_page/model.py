"""What goes in and comes out of the API that makes links."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from ringfence.features.edge import Input, Output


class AuditLinkNew(Input):
    """Whose log, and for whom: a session leaves both out, an API key names both."""

    organization_id: Annotated[
        UUID | None,
        Field(strict=False, description="The organization whose log is opened; with an API key, needed."),
    ] = None
    user_id: Annotated[
        UUID | None,
        Field(strict=False, description="The administrator who opens it; with an API key, needed."),
    ] = None


class AuditLinkOut(Output):
    """A link that works once."""

    url: Annotated[
        str,
        Field(
            description="Send the user's browser there: it opens the log's page, once.",
            examples=["https://agents.example/audit?ticket=rft_AZrE..."],
        ),
    ]
    expires_at: Annotated[datetime, Field(description="60 seconds after it was made.")]
