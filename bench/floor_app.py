"""The floor: FastAPI and pydantic-ai's AG-UI adapter over SSE; nothing is authenticated, stored or sealed.

It runs in an environment of its own, .venv-bench: `uvicorn --app-dir bench floor_app:app`.
"""

import os

from fastapi import FastAPI, Request
from pydantic_ai import Agent  # pyright: ignore[reportMissingImports] - installed in .venv-bench alone
from pydantic_ai.models.openai import OpenAIChatModel  # pyright: ignore[reportMissingImports] - as above
from pydantic_ai.providers.openai import OpenAIProvider  # pyright: ignore[reportMissingImports] - as above
from pydantic_ai.ui.ag_ui import AGUIAdapter  # pyright: ignore[reportMissingImports] - as above
from starlette.responses import Response

_model = OpenAIChatModel(
    os.environ["BENCH_MODEL"], provider=OpenAIProvider(base_url=os.environ["BENCH_MODEL_URL"], api_key="bench")
)
_agent = Agent(_model, instructions="Be brief.")
app = FastAPI()


@app.get("/health")
async def health() -> dict[str, bool]:
    """Says that it serves."""
    return {"ok": True}


@app.post("/agui")
async def agui(request: Request) -> Response:
    """Streams one run in the AG-UI protocol."""
    return await AGUIAdapter.dispatch_request(request, agent=_agent)
