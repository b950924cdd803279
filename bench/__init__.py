"""Figures of Ringfence against what it is measured by, in interleaved rounds on this machine.

Run `make bench`, or `.venv/bin/python -m bench [tenant_read runs start sealing] [--rounds N] [--seconds S]`.
"""
