"""GCRA over one row a bucket: the theoretical arrival time of the next request. Keeps RAT-01.

Every process sees the same rows, and the database's clock is the only one. The condition is evaluated under the row's
lock, with the time of that moment, so parallel requests cannot pass together. Proved in tests/promises/test_limits.py.
"""

from dataclasses import dataclass

from ringfence.controls.limits.rules import Rule
from ringfence.controls.tenancy import Database, PlatformScope, Statement, scalar

_SWEEP_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Taken:
    """Whether the bucket gave what was asked, and how much of its window is used up now, in seconds."""

    is_allowed: bool
    used_seconds: float

    def remaining(self, rule: Rule) -> int:
        """How many more requests the bucket holds."""
        window = rule.window.total_seconds()
        return max(0, int((window - max(0.0, self.used_seconds)) / (window / rule.limit) + 1e-6))

    def retry_seconds(self, rule: Rule) -> float:
        """When the bucket holds one request again."""
        window = rule.window.total_seconds()
        return max(0.001, self.used_seconds + window / rule.limit - window)


# $2 interval of one request, $3 requests wanted, $4 requests given back, $5 window; all in seconds.
# A refusal writes nothing: its row comes from the second branch, which reads the bucket as it was.
_TAKE = Statement(
    "with taken as ("
    "insert into app.rate_limit as r (bucket, arrival) "
    "values ($1, clock_timestamp() + make_interval(secs => $2::float8 * $3::int)) "
    "on conflict (bucket) do update set arrival = "
    "greatest(r.arrival - make_interval(secs => $2::float8 * $4::int), clock_timestamp()) "
    "+ make_interval(secs => $2::float8 * $3::int) "
    "where greatest(r.arrival - make_interval(secs => $2::float8 * $4::int), clock_timestamp()) "
    "+ make_interval(secs => $2::float8 * $3::int) <= clock_timestamp() + make_interval(secs => $5::float8) "
    "returning arrival) "
    "select true, extract(epoch from arrival - clock_timestamp())::float8 from taken "
    "union all "
    "select false, extract(epoch from r.arrival - clock_timestamp())::float8 from app.rate_limit r "
    "where r.bucket = $1 and not exists (select from taken)",
    Taken,
)
_SWEEP = Statement(
    "with stale as (select bucket from app.rate_limit where arrival < clock_timestamp() order by arrival limit $1), "
    "swept as (delete from app.rate_limit r using stale where r.bucket = stale.bucket "
    "and r.arrival < clock_timestamp() returning 1) select count(*) from swept",
    scalar,
)


async def take(database: Database, bucket: bytes, rule: Rule, *, wanted: int, given_back: int = 0) -> Taken:
    """Takes `wanted` requests at once, or none; puts back what an earlier allotment left unspent."""
    window = rule.window.total_seconds()
    rows = await database.write(PlatformScope(), _TAKE(bucket, window / rule.limit, wanted, given_back, window))
    # No row at all: another process made the bucket in this very moment and filled it.
    return rows[0][0] if rows[0] else Taken(is_allowed=False, used_seconds=window)


async def sweep(database: Database) -> int:
    """Deletes buckets that are full again, which is what no bucket is too; gives how many."""
    total = 0
    while True:
        count: int = (await database.write(PlatformScope(), _SWEEP(_SWEEP_ROWS)))[0][0]
        total += count
        if count < _SWEEP_ROWS:
            return total
