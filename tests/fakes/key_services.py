"""Google Cloud KMS and Azure Key Vault, as far as their REST interfaces encrypt and wrap, and their token servers.

Google's answers follow cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys: CRC32C as
decimal strings, INVALID_ARGUMENT for what does not decrypt. Azure's follow
learn.microsoft.com/rest/api/keyvault/keys/wrap-key with RSA-OAEP-256 and base64url.
"""

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "token-of-the-tests"
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


class KeyServices:
    """The keys behind both interfaces, and what was asked. `spoil` changes answers before they leave."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.asked: list[str] = []
        self.spoil: Mapping[str, Any] = {}
        self.status: int | None = None
        self.bearers: list[dict[str, str]] = []
        """What each request for a token brought along."""
        self.grant: Mapping[str, Any] = {"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"}
        self.symmetric: dict[str, bytes] = {}
        self.rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def google(self, name: str, verb: str, sent: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        """What `:encrypt` and `:decrypt` answer."""
        cipher = AESGCM(self.symmetric.setdefault(name, AESGCM.generate_key(256)))
        raw = {field: base64.b64decode(sent[field]) for field in sent if not field.endswith("Crc32c")}
        if any(castagnoli(raw[field]) != int(sent[field + "Crc32c"]) for field in raw):
            return 400, {"error": {"code": 400, "status": "FAILED_PRECONDITION"}}
        bound = raw["additionalAuthenticatedData"]
        if verb == "encrypt":
            sealed = bytes(12) + cipher.encrypt(bytes(12), raw["plaintext"], bound)
            return 200, {
                "name": f"{name}/cryptoKeyVersions/1",
                "ciphertext": base64.b64encode(sealed).decode(),
                "ciphertextCrc32c": str(castagnoli(sealed)),
                "verifiedPlaintextCrc32c": True,
                "verifiedAdditionalAuthenticatedDataCrc32c": True,
                "protectionLevel": "SOFTWARE",
            }
        try:
            plain = cipher.decrypt(raw["ciphertext"][:12], raw["ciphertext"][12:], bound)
        except InvalidTag:
            return 400, {"error": {"code": 400, "message": "Decryption failed", "status": "INVALID_ARGUMENT"}}
        return 200, {"plaintext": base64.b64encode(plain).decode(), "plaintextCrc32c": str(castagnoli(plain))}

    def azure(self, verb: str, sent: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        """What `wrapkey` and `unwrapkey` answer."""
        value = base64.urlsafe_b64decode(sent["value"] + "==")
        kid = f"{self.address}/keys/root/0123456789abcdef"
        if sent["alg"] != "RSA-OAEP-256":
            return 400, {"error": {"code": "BadParameter"}}
        try:
            done = self.rsa.public_key().encrypt(value, OAEP) if verb == "wrapkey" else self.rsa.decrypt(value, OAEP)
        except ValueError:
            return 400, {"error": {"code": "BadParameter"}}
        return 200, {"kid": kid, "value": base64.urlsafe_b64encode(done).rstrip(b"=").decode()}

    def account(self, path: Path) -> Path:
        """The key file of a Google service account that this server's own token endpoint knows."""
        pem = self.rsa.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        about = {
            "type": "service_account",
            "project_id": "p",
            "private_key_id": "1",
            "private_key": pem.decode(),
            "client_email": "ringfence@p.iam.gserviceaccount.com",
            "token_uri": f"{self.address}/token",
        }
        path.write_text(json.dumps(about))
        return path


def castagnoli(data: bytes) -> int:
    """CRC32C bit by bit: another way than ours."""
    found = 0xFFFFFFFF
    for byte in data:
        found ^= byte
        for _ in range(8):
            found = (found >> 1) ^ (0x82F63B78 * (found & 1))
    return found ^ 0xFFFFFFFF


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Instance metadata of both clouds, and App Service's identity endpoint."""
        services: KeyServices = self.server.services  # pyright: ignore[reportAttributeAccessIssue] - set below
        services.asked.append(self.path)
        path, _, query = self.path.partition("?")
        services.bearers.append({name: values[0] for name, values in parse_qs(query).items()})
        is_google = path.startswith("/computeMetadata/")
        status, answer = self._granted(services, path)
        if is_google and not path.endswith("/token"):
            answer = {"email": "ringfence@p.iam.gserviceaccount.com", "scopes": []}
        content = json.dumps(answer).encode() if path not in {"", "/"} else b""
        self.send_response(services.status or status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Metadata-Flavor", "Google")
        self.end_headers()
        self.wfile.write(content)

    def _granted(self, services: KeyServices, path: str) -> tuple[int, Mapping[str, Any]]:
        may = {
            "/metadata/identity/oauth2/token": self.headers["Metadata"] == "true",
            "/msi/token": self.headers["X-IDENTITY-HEADER"] == "of this machine",
        }.get(path, self.headers["Metadata-Flavor"] == "Google")
        return (200, services.grant) if may else (400, {"error": "invalid_request"})

    def do_POST(self) -> None:
        services: KeyServices = self.server.services  # pyright: ignore[reportAttributeAccessIssue] - set below
        body = self.rfile.read(int(self.headers["Content-Length"]))
        services.asked.append(self.path)
        status, answer = self._answer(services, body)
        content = json.dumps({**answer, **services.spoil}).encode()
        self.send_response(services.status or status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _answer(self, services: KeyServices, body: bytes) -> tuple[int, Mapping[str, Any]]:
        if self.path == "/token" or self.path.endswith("/oauth2/v2.0/token"):
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            services.bearers.append(form)
            good = form.get("client_secret") == "a secret" or "assertion" in form
            good |= "subject_token" in form or form.get("client_assertion") == "a federated token"
            return (200, services.grant) if good else (401, {"error": "invalid_client"})
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return 401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}}
        path = self.path.partition("?")[0]
        if path.startswith("/v1/"):
            name, _, verb = path.removeprefix("/v1/").rpartition(":")
            return services.google(name, verb, json.loads(body))
        return services.azure(path.rpartition("/")[2], json.loads(body))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        del format, args


@contextmanager
def key_services() -> Iterator[KeyServices]:
    """Both, at one address, until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.services = KeyServices(f"http://127.0.0.1:{server.server_port}")  # pyright: ignore[reportAttributeAccessIssue] - set for the handler
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server.services  # pyright: ignore[reportAttributeAccessIssue] - set for the handler
    finally:
        server.shutdown()
        server.server_close()
