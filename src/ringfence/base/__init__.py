"""Nouns without policy: what every room may use. Imports nothing of ours."""
