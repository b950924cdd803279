"""Conversations: what users and agents said to each other, listed, read and deleted.

Messages are written by runs; deleting a conversation deletes them and stops what runs in it.
"""

from ringfence.features.conversations.routes import router

__all__ = ["router"]
