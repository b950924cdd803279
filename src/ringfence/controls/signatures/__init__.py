"""Signatures by which whoever gets a message from us knows that it is ours. Keeps HOK-02, AUD-05.

Webhooks are signed as the Standard Webhooks specification says. Proved in tests/controls/test_signatures.py.
"""

from ringfence.controls.signatures.webhooks import WebhookSecret, headers

__all__ = ["WebhookSecret", "headers"]
