"""Runs: the durable story of one answer. Others may use what this package names here."""
