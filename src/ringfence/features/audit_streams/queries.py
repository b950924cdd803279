"""What a stream hangs on, held while one is added: two that are added at once are counted one after the other."""

from ringfence.controls.tenancy import Statement, scalar

# The erasure takes this row first, too: a stream that is added meanwhile is deleted with the others, or is not added.
HOLD_ORGANIZATION = Statement("select org_id from app.directory where org_id = $1 for no key update", scalar)
HOLD_PARTNER = Statement("select partner_id from app.partner for no key update", scalar)
