"""What must reach somebody: queued in the act's own transaction, sent by any process, until it arrived or was given up.

Keeps HOK-02, INC-01 and CRY-01 (in part). At least once, with a Message-ID that stays the same, so that a receiver can
drop repeats. Proved in tests/controls/test_deliveries.py, tests/controls/test_mail.py and
tests/promises/test_tampering.py.
"""

from ringfence.controls.deliveries.courier import Courier, Pace
from ringfence.controls.deliveries.letter import BadLetter, Letter
from ringfence.controls.deliveries.outbox import Outbox, owner_of
from ringfence.controls.deliveries.post import FilePost, MailSettings, Post, SmtpPost, Undelivered, post_of
from ringfence.controls.deliveries.records import DeliveryRow, list_, replay
from ringfence.controls.deliveries.refusals import Refusals, forget_refusals

__all__ = [
    "BadLetter",
    "Courier",
    "DeliveryRow",
    "FilePost",
    "Letter",
    "MailSettings",
    "Outbox",
    "Pace",
    "Post",
    "Refusals",
    "SmtpPost",
    "Undelivered",
    "forget_refusals",
    "list_",
    "owner_of",
    "post_of",
    "replay",
]
