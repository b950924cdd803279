"""Proof on the running system: the register of promises and, later, its probes."""
