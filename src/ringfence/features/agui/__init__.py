"""Other people's protocols for a conversation: AG-UI 1.0, and the Vercel AI SDK's UI message stream.

Both speak about the stored conversation. Of all that a client claims, the newest words of its user are taken as input,
and answers to questions go the way of every answer; history, tool results, approvals, tools and state are not believed.
"""

from ringfence.features.agui.routes import router

__all__ = ["router"]
