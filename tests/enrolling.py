"""A partner as `ringfence partner create` makes it, by the command's own code in this process.

To start that command costs two seconds of a processor, most of them imports, and forty set-ups each want a partner or
two. What the command itself says and does is claimed in tests/attacks/test_revocation.py, which starts it.
"""

import asyncio
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch


def enrolled(environment: Mapping[str, str], name: str, issuer: str) -> tuple[str, str]:
    """Makes the partner in the deployment of this environment; its id and its API key."""
    # In a thread of its own, because the browser's driver keeps an event loop running in the first one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_create, environment, name, issuer).result()


def _create(environment: Mapping[str, str], name: str, issuer: str) -> tuple[str, str]:
    # Imported here, so that whoever uses a served process alone does not pay for the whole product.
    from ringfence.cli import deployment, operating  # noqa: PLC0415 - as the line above says
    from ringfence.controls.identity import ApiKeyKind  # noqa: PLC0415 - as above
    from ringfence.features.partners import operator  # noqa: PLC0415 - as above
    from ringfence.settings import Settings  # noqa: PLC0415 - as above

    with patch.dict(os.environ, environment, clear=True):
        settings = Settings()
    with deployment.beside(settings, command="partner_create") as opened:
        try:
            made = asyncio.run(
                operating._with_kernel(
                    opened,
                    lambda kernel: operator.create_partner(kernel, name, issuer=issuer, kind=ApiKeyKind.LIVE),
                )
            )
        finally:
            opened.keystore.close()
    return str(made.id), made.api_key.reveal().decode()
