"""Keeps CRY-02. The root key in AWS KMS, by `Encrypt` and `Decrypt` with an encryption context.

The key is named by its ARN, not by an alias, which somebody could point at another key. Credentials, endpoint and
certificates are found as every AWS client finds them. Proved in tests/controls/test_keystore_aws.py.
"""

import base64
import re
from typing import TYPE_CHECKING, Any, Final, final

from ringfence.base.crypto import InvalidSeal
from ringfence.controls.keystore.keys import KeystoreRefusal, KeystoreUnavailable
from ringfence.controls.keystore.roots.remote import CONNECT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

_ARN: Final = re.compile(r"arn:(aws[a-z-]*):kms:([a-z0-9-]+):(\d{12}):key/([0-9a-zA-Z-]+)")
_READ_SECONDS: Final = 2.0
_ATTEMPTS: Final = 2
_NOT_WHAT_WAS_SEALED: Final = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})


@final
class AwsKms:
    """One symmetric KMS key. What it encrypts opens under the same key and encryption context alone."""

    def __init__(self, arn: str) -> None:
        """KeystoreRefusal for what is no key's ARN, and where boto3 is not installed; asks no network."""
        found = _ARN.fullmatch(arn)
        if found is None:
            raise KeystoreRefusal(
                f"aws-kms:{arn} names no key: write its ARN, aws-kms:arn:aws:kms:REGION:ACCOUNT:key/ID (not an alias)"
            )
        partition, self._region, account, key_id = found.groups()
        # A multi-Region key is the same key in every region.
        region = "*" if key_id.startswith("mrk-") else self._region
        self.identity = f"arn:{partition}:kms:{region}:{account}:key/{key_id}"
        self._arn = arn
        self._client: Any = None
        try:
            import botocore.exceptions  # noqa: PLC0415 - dear, and for few # pyright: ignore[reportMissingTypeStubs] - it has none
        except ImportError:
            raise KeystoreRefusal("a root key in AWS KMS needs the AWS client: pip install 'ringfence[aws]'") from None
        exceptions: Any = botocore.exceptions
        self._refusal: type[Exception] = exceptions.ClientError
        self._failure: type[Exception] = exceptions.BotoCoreError

    def encrypt(self, plaintext: bytes, keystore: str, context: bytes) -> bytes:
        """The ciphertext blob."""
        return self._asked(
            lambda kms: kms.encrypt(
                KeyId=self._arn, Plaintext=plaintext, EncryptionContext=_encryption_context(keystore, context)
            )["CiphertextBlob"]
        )

    def decrypt(self, ciphertext: bytes, keystore: str, context: bytes) -> bytes:
        """The plaintext; InvalidSeal."""
        return self._asked(
            lambda kms: kms.decrypt(
                KeyId=self._arn, CiphertextBlob=ciphertext, EncryptionContext=_encryption_context(keystore, context)
            )["Plaintext"]
        )

    def _asked(self, call: "Callable[[Any], bytes]") -> bytes:
        try:
            return call(self._opened())
        except self._refusal as failure:
            response: Any = getattr(failure, "response", {})
            code = str(response.get("Error", {}).get("Code", "unknown"))
            if code in _NOT_WHAT_WAS_SEALED:
                raise InvalidSeal from None
            raise KeystoreUnavailable(f"AWS KMS refuses {self._arn}: {code}") from None
        except self._failure as failure:
            raise KeystoreUnavailable(f"AWS KMS cannot be asked: {type(failure).__name__}") from None

    def _opened(self) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        if self._client is None:
            import boto3  # noqa: PLC0415 - dear, and for few # pyright: ignore[reportMissingTypeStubs] - it has none
            import botocore.config  # noqa: PLC0415 - as above # pyright: ignore[reportMissingTypeStubs] - as above

            aws: Any = boto3
            settings: Any = botocore.config
            config = settings.Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=_READ_SECONDS,
                retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
            )
            self._client = aws.session.Session().client("kms", region_name=self._region, config=config)
        return self._client


def _encryption_context(keystore: str, context: bytes) -> dict[str, str]:
    """What CloudTrail shows of each call, and what a key policy may demand (kms:EncryptionContext:...)."""
    return {"ringfence-keystore": keystore, "ringfence-context": base64.b64encode(context).decode()}
