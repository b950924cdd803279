"""`make demo`: everything on this machine, seeded, with a tour to paste. The crash in it is the point."""

import os
import shutil
import threading
from pathlib import Path

from ringfence.base import clock, log
from ringfence.cli import demo_product, demo_seed, demo_state, operating
from ringfence.cli.demo_product import Product
from ringfence.cli.demo_state import DemoState
from ringfence.cli.deployment import Deployment, configured, give_up_address, opened
from ringfence.cli.http import Refused
from ringfence.cli.serving import listen, serve
from ringfence.cli.tour import tour_of
from ringfence.features.ops import Told, Tour
from ringfence.settings import Settings

_SCRIPTED = "scripted:demo"


def run(*, reset: bool) -> None:
    """Starts the demo and serves until Ctrl-C; the data stay for the next start."""
    began = clock.monotonic()
    settings = Settings()
    listening = listen(settings.host, settings.port)
    product = demo_product.take(settings.data)
    settings = settings.model_copy(
        update={"port": listening.getsockname()[1], "egress_allow": _allowed(settings, product)}
    )
    if reset:
        _remove(settings)
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    server_log = settings.data / "server.log"
    server_log.touch(mode=0o600)
    log.configure(json_lines=True, file=server_log.open("a", buffering=1))
    _say(f"Data lies in {settings.data.absolute()}")
    with opened(settings, command="demo", report=lambda text: _step(began, text)) as deployment:
        _step(began, "Schema is up to date.")
        configured(deployment, "demo")
        partner = _partner(deployment)
        base_url = f"http://127.0.0.1:{settings.port}"
        told = Told()

        def ready() -> None:
            threading.Thread(target=seed, daemon=True).start()

        def seed() -> None:
            _seed(settings, base_url, partner, product=product, told=told, began=began)

        try:
            serve(deployment, listening, tour=told, ready=ready)
        finally:
            if product is not None:
                product.stop()
        _say("Stopping. The next `make demo` goes on where this one ended.")


def _partner(deployment: Deployment) -> tuple[str, str]:
    """Northwind's id and an API key: the one in demo.json, or a new one where that file is gone."""
    data = deployment.settings.data
    state, kept = demo_state.read(data), demo_state.read_key(data)
    if state is not None and kept is not None:
        return state.partner_id, state.partner_api_key
    key, text = operating.demo_key(deployment, kept, issuer=demo_state.ISSUER)
    demo_state.write_key(data, key)
    return str(key.partner_id), text


def _allowed(settings: Settings, product: Product | None) -> str:
    """What tools may reach beside the world: the product on this machine, and what the operator named."""
    return ",".join(filter(None, [settings.egress_allow, product.address if product is not None else ""]))


def _seed(  # noqa: PLR0913 - what is seeded, and where that is told
    settings: Settings,
    base_url: str,
    partner: tuple[str, str],
    *,
    product: Product | None,
    told: Told,
    began: float,
) -> None:
    try:
        state = demo_seed.seed(
            base_url,
            settings.data,
            partner=partner,
            audience=settings.audience,
            model=_model(settings),
            product=product,
        )
        if product is not None:
            product.start(state)
    except (Refused, OSError) as failure:
        _say(f"The demo could not be seeded: {failure}")
        return
    _step(began, f"Ready (pid {os.getpid()}).")
    told.tour = tour_of(state, model=None if _model(settings) == _SCRIPTED else _model(settings))
    _print_tour(state, told.tour)


def _model(settings: Settings) -> str:
    if settings.openai_api_key is None and settings.openai_base_url is None:
        return _SCRIPTED
    return f"openai:{os.environ.get('RINGFENCE_DEMO_MODEL', 'gpt-5-mini')}"


def _print_tour(state: DemoState, tour: Tour) -> None:
    if state.demo_url is not None:
        print(f"\nOpen {state.demo_url} in a browser.")
    print(f"\n{tour.headline}\n{tour.lead}\n")
    for number, step in enumerate(tour.steps, 1):
        print(f"{number}. {step.title}. {step.text}")
        print("".join(f"     {line}\n" for line in step.lines.splitlines()))
    print(f"Keys and ids for scripts: {Path(state.private_key_path).parent / 'demo.json'}", flush=True)


def _remove(settings: Settings) -> None:
    """Deletes the demo's data directory; only one that a demo or a server made."""
    data = settings.data
    if not data.exists():
        return
    if not (data / "keystore").exists() and any(data.iterdir()):
        raise Refused(0, "not_ours", f"{data.absolute()} holds files that are not Ringfence's; it is left alone.")
    give_up_address(settings)
    shutil.rmtree(data)
    _say(f"Removed {data.absolute()}")


def _step(began: float, text: str) -> None:
    _say(f"[{clock.monotonic() - began:5.1f} s] {text}")


def _say(text: str) -> None:
    print(text, flush=True)
