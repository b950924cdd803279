"""The model that a run asks, under its organization's own key where it has one. Keeps AGT-02, SEC-01.

NOTE: never the deployment's key in its place. An organization that brings its own key pays its own bill, and has an
agreement of its own with the vendor: a key of its own that cannot be had, or that is refused, ends the run and says so.
Proved in tests/features/test_runs_model_keys.py.
"""

from collections.abc import Collection
from dataclasses import dataclass

from ringfence.base import log
from ringfence.controls.tenancy import Database
from ringfence.controls.vault import Vault, secrets
from ringfence.features.secrets import MODEL_KEYS

from .hold import Hold
from .models import Model, ModelError, ModelErrorCode, Models


@dataclass(frozen=True, slots=True)
class ModelKeys:
    """Gives models for runs."""

    database: Database
    vault: Vault
    models: Models

    def is_own(self, name: str, own: Collection[str]) -> bool:
        """Whether this model is asked under a key of the organization's; `own` are the names of those that it has."""
        return self._key_name(name, own) is not None

    async def model(self, name: str, own: Collection[str], *, hold: Hold) -> Model:
        """The model, for one call; ModelError model_key_unavailable, model_not_configured.

        The organization's key is opened here, for the vendor's host alone, and goes with the model that is given.
        """
        key_name = self._key_name(name, own)
        if key_name is None:
            return self.models.get(name)
        host = self.models.host(name)
        try:
            key = await secrets.take(
                self.database, self.vault, hold.scope, key_name, host=host, run_id=hold.run_id, holder=hold.holder
            )
        except secrets.Refused as refused:
            log.warning("secret_refused", run_id=hold.run_id, org_id=hold.scope.org_id, code=refused.code)
            detail = f"The organization's own key for this model cannot be used: is it kept, and is {host} its host?"
            raise ModelError(ModelErrorCode.KEY_UNAVAILABLE, detail, cause=refused.code) from None
        return self.models.with_key(name, key)

    def _key_name(self, name: str, own: Collection[str]) -> str | None:
        if not own:
            return None
        vendor = self.models.vendor(name)
        return next((key for key, whose in MODEL_KEYS.items() if whose == vendor and key in own), None)
