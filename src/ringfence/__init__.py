"""Ringfence embeds AI agents into SaaS products and keeps every promise of an enterprise security page in code."""

__version__ = "0.1.0"
API_VERSION = "2026-11-21"
