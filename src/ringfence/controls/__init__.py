"""What we promise: the only code that touches keys, roles, sockets and the database driver."""
