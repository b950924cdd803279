"""What an embedded server is told: no network, no trust, nothing that a customer wrote in its log."""

from pathlib import Path
from typing import Final

HOST_RULES: Final = """\
# Written by Ringfence at each start. One way in: the socket, with a password (SCRAM), for every role.
local all all scram-sha-256
"""

# ERROR messages quote what was sent (`invalid input syntax for type uuid: "..."`), so they go to the caller alone:
# the level `log` keeps start, crash, FATAL and PANIC. `terse` drops DETAIL: keys of rows and, after a crash, queries.
_SETTINGS: Final = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_parallel_workers_per_gather": "0",  # containers give /dev/shm 64 MB
    "jit": "off",
    "max_prepared_transactions": "0",
    "synchronous_commit": "on",
    "password_encryption": "'scram-sha-256'",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "lc_messages": "'C'",
    "logging_collector": "off",
    "log_destination": "'stderr'",
    "log_line_prefix": "'%m [%p] '",
    "log_statement": "'none'",
    "log_min_messages": "'log'",
    "log_min_error_statement": "'panic'",
    "log_min_duration_statement": "-1",
    "log_error_verbosity": "'terse'",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
_ONE_PROCESS_IO: Final = {"io_method": "'sync'"}  # 18+: three idle I/O workers would cost memory and start time
_NOT_DURABLE: Final = {"fsync": "off", "full_page_writes": "off"}


def settings(*, major: int, durable: bool, socket_directory: Path) -> str:
    """The text of ringfence.conf; `durable=False` is for tests, whose data may be lost with the machine."""
    chosen = {**_SETTINGS, "unix_socket_directories": f"'{socket_directory}'"}
    if major >= 18:  # noqa: PLR2004 - the first version that knows it
        chosen |= _ONE_PROCESS_IO
    if not durable:
        chosen |= _NOT_DURABLE
    lines = "".join(f"{name} = {value}\n" for name, value in chosen.items())
    return f"# Written by Ringfence at each start; put changes of your own into postgresql.auto.conf.\n{lines}"
