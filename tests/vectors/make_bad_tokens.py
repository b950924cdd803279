"""Makes bad_tokens.json: tokens that must be refused, each with its reason, and a few that must be taken.

Run `python tests/vectors/make_bad_tokens.py`. Keys are fixed, signatures deterministic (RFC 6979 for ECDSA) and `now`
is written into the file, so the same bytes come out each time; a test compares them with what is committed.
"""

import base64
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

HERE: Final = Path(__file__).parent
NOW: Final = 1_800_000_000
ISSUER: Final = "https://northwind.example"
AUDIENCE: Final = "https://ringfence.example"
KEYS: Final = {
    path.name.split(".")[0]: load_pem_private_key(path.read_bytes(), None) for path in HERE.glob("keys/*.pem")
}
REGISTERED: Final = ("rsa", "ec", "ed25519")
SHARED: Final = "rfs_" + "c2hhcmVkIHRlc3Qgc2VjcmV0LCBub3QgYSByZWFsIDE"
"""A shared secret in our form, registered as `shared`: published, for tests alone."""


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def dumps(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def public_pem(name: str) -> str:
    return KEYS[name].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def der_signature(message: bytes, name: str = "ec") -> bytes:
    key = KEYS[name]
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True))


def signature(name: str, message: bytes) -> bytes:
    key = KEYS[name]
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), SHA256())
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    r, s = decode_dss_signature(der_signature(message, name))
    size = 48 if name == "ec-p384" else 32
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def claims(**changes: object) -> dict[str, object]:
    """Alice's good claims with changes; `...` leaves a claim out."""
    good = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "alice",
        "org": "rose",
        "iat": NOW - 5,
        "exp": NOW + 295,
        "jti": "j-1",
    }
    return {name: value for name, value in (good | changes).items() if value is not ...}


def header(**changes: object) -> dict[str, object]:
    return {name: value for name, value in ({"alg": "EdDSA", "kid": "ed25519"} | changes).items() if value is not ...}


def sign(head: object, body: object, *, key: str = "ed25519", by: Callable[[bytes], bytes] | None = None) -> str:
    """The compact token; `head` and `body` may be bytes, to say what no JSON library would."""
    parts = [part if isinstance(part, bytes) else dumps(part) for part in (head, body)]
    unsigned = ".".join(b64(part) for part in parts)
    made = by(unsigned.encode()) if by else signature(key, unsigned.encode())
    return f"{unsigned}.{b64(made)}"


def with_claims(**changes: object) -> str:
    return sign(header(), claims(**changes))


def with_header(**changes: object) -> str:
    return sign(header(**changes), claims())


def with_body(old: str, new: str) -> str:
    """Alice's token, its payload's text edited before it is signed."""
    text = dumps(claims()).decode()
    assert old in text
    return sign(header(), text.replace(old, new).encode())


def by_kid(kid: str, alg: str, *, key: str | None = None, by: Callable[[bytes], bytes] | None = None) -> str:
    return sign({"alg": alg, "kid": kid}, claims(), key=key or kid, by=by)


def by_secret(secret: bytes, *, kid: str = "shared", alg: str = "HS256", digest: str = "sha256") -> str:
    return sign({"alg": alg, "kid": kid}, claims(), by=lambda message: hmac.digest(secret, message, digest))


def respelled(at: int, change: Callable[[str], str]) -> str:
    parts = with_claims().split(".")
    parts[at] = change(parts[at])
    return ".".join(parts)


def stray_bits(part: str) -> str:
    """The same bytes in another spelling: the last character's unused bits set. 64 bytes leave four of them unused."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return part[:-1] + alphabet[alphabet.index(part[-1]) | 1]


def shapes() -> dict[str, tuple[str, str]]:
    good = with_claims()
    return {
        "empty": ("", "not_three_parts"),
        "one part": ("eyJhbGciOiJub25lIn0", "not_three_parts"),
        "two parts": (good.rpartition(".")[0], "not_three_parts"),
        "four parts": (good + ".AAAA", "not_three_parts"),
        "five parts, as of an encrypted token": (good + ".AAAA.AAAA", "not_three_parts"),
        "huge": (with_claims(name="x" * 9000), "too_large"),
        "one byte over the limit": (good + "A" * (8193 - len(good)), "too_large"),
        "padded header": (respelled(0, lambda part: part + "="), "bad_base64url"),
        "padded payload": (respelled(1, lambda part: part + "=" * (-len(part) % 4 or 4)), "bad_base64url"),
        "padded signature": (good + "==", "bad_base64url"),
        "space in front": (" " + good, "bad_base64url"),
        "newline behind": (good + "\n", "bad_base64url"),
        "newline within": (respelled(1, lambda part: part[:20] + "\n" + part[20:]), "bad_base64url"),
        "the alphabet of plain base64": (respelled(2, lambda part: "+/" + part[2:]), "bad_base64url"),
        "letters beyond ASCII": (respelled(2, lambda part: part + "\u00e6"), "bad_base64url"),
        "full-width digits": (respelled(2, lambda part: part[:-1] + "\uff11"), "bad_base64url"),
        "stray bits at the end": (respelled(2, stray_bits), "bad_base64url"),
        "a part cut to an impossible length": (respelled(2, lambda part: part[:-1]), "bad_base64url"),
        "NUL in the token": (good + "\0", "bad_base64url"),
    }


def documents() -> dict[str, tuple[str, str]]:
    utf16 = dumps(claims()).decode().encode("utf-16")
    return {
        "empty header": (sign(b"", claims()), "bad_json"),
        "empty payload": (sign(header(), b""), "bad_json"),
        "header is a list": (sign([header()], claims()), "bad_json"),
        "payload is a string": (sign(header(), "alice"), "bad_json"),
        "payload is null": (sign(header(), None), "bad_json"),
        "payload is not UTF-8": (bytes_in_name(b"\xff"), "bad_json"),
        "payload is UTF-16": (sign(header(), utf16), "bad_json"),
        "payload behind a byte order mark": (sign(header(), b"\xef\xbb\xbf" + dumps(claims())), "bad_json"),
        "two documents": (sign(header(), dumps(claims()) + b"{}"), "bad_json"),
        "trailing comma": (with_body('"j-1"}', '"j-1",}'), "bad_json"),
        "nested a thousand deep": (sign(header(), b'{"a":' + b"[" * 1000 + b"]" * 1000 + b"}"), "bad_json"),
        "exp is 1e400": (with_body(f'"exp":{NOW + 295}', '"exp":1e400'), "bad_json"),
        "exp is NaN": (with_body(f'"exp":{NOW + 295}', '"exp":NaN'), "bad_json"),
        "exp is Infinity": (with_body(f'"exp":{NOW + 295}', '"exp":Infinity'), "bad_json"),
        "exp has five thousand digits": (with_body(f'"exp":{NOW + 295}', f'"exp":{"9" * 5000}'), "bad_json"),
        "duplicate alg in the header": (
            sign(b'{"alg":"EdDSA","kid":"ed25519","alg":"EdDSA"}', claims()),
            "duplicate_name",
        ),
        "duplicate sub": (with_body('"sub":"alice"', '"sub":"mallory","sub":"alice"'), "duplicate_name"),
        "duplicate org, once escaped": (
            with_body('"org":"rose"', '"org":"thorn","\\u006frg":"rose"'),
            "duplicate_name",
        ),
        "duplicate name deep inside": (with_body('"j-1"}', '"j-1","x":[{"a":1,"a":2}]}'), "duplicate_name"),
    }


def bytes_in_name(raw: bytes) -> str:
    return sign(header(), dumps(claims(name="Alice")).replace(b"Alice", b"Al" + raw + b"ice"))


def headers() -> dict[str, tuple[str, str]]:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(b"\x01" * 32)}
    return {
        "alg none": (sign(header(alg="none"), claims(), by=lambda _: b""), "algorithm_none"),
        "alg None": (sign(header(alg="None"), claims(), by=lambda _: b""), "algorithm_none"),
        "alg NONE, signed": (with_header(alg="NONE"), "algorithm_none"),
        "alg missing": (with_header(alg=...), "bad_header"),
        "alg is null": (with_header(alg=None), "bad_header"),
        "alg is a list": (with_header(alg=["EdDSA"]), "bad_header"),
        "kid missing": (with_header(kid=...), "bad_key_id"),
        "kid empty": (with_header(kid=""), "bad_key_id"),
        "kid is a number": (with_header(kid=1), "bad_key_id"),
        "kid holds NUL": (with_header(kid="ed25519\0"), "bad_key_id"),
        "kid of 256 characters": (with_header(kid="k" * 256), "bad_key_id"),
        "jwk sent along": (with_header(jwk=jwk), "key_in_header"),
        "jku sent along": (with_header(jku="https://mallory.example/jwks.json"), "key_in_header"),
        "x5u sent along": (with_header(x5u="https://mallory.example/x.pem"), "key_in_header"),
        "x5c sent along": (with_header(x5c=["AAAA"]), "key_in_header"),
        "crit": (with_header(crit=["exp"]), "critical_header"),
        "crit is empty": (with_header(crit=[]), "critical_header"),
        "b64 is false": (with_header(b64=False, crit=["b64"]), "unencoded_payload"),
        "b64 is zero": (with_header(b64=0), "unencoded_payload"),
        "nested token": (sign(header(cty="JWT"), claims()), "nested_token"),
        "nested token by its media type": (with_header(cty="application/jwt"), "nested_token"),
        "payload is a token": (sign(header(cty="jwt"), with_claims().encode()), "bad_json"),
        "typ of another purpose": (with_header(typ="logout+jwt"), "wrong_type"),
        "typ is not a text": (with_header(typ=1), "wrong_type"),
    }


def signatures() -> dict[str, tuple[str, str]]:
    good = with_claims()
    hs256_header = {"alg": "HS256", "kid": "rsa"}
    return {
        "HS256 with the RSA public key as its secret": (
            sign(hs256_header, claims(), by=lambda m: hmac.digest(public_pem("rsa").encode(), m, "sha256")),
            "wrong_algorithm",
        ),
        "HS256 with an empty secret": (
            sign(hs256_header, claims(), by=lambda m: hmac.digest(b"", m, "sha256")),
            "wrong_algorithm",
        ),
        "RS256 named for an EC key": (by_kid("ec", "RS256"), "wrong_algorithm"),
        "ES256 named for an RSA key": (by_kid("rsa", "ES256"), "wrong_algorithm"),
        "RS384 named for an RSA key": (by_kid("rsa", "RS384"), "wrong_algorithm"),
        "PS256 named for an RSA key": (by_kid("rsa", "PS256"), "wrong_algorithm"),
        "ES512 named for a P-256 key": (by_kid("ec", "ES512"), "wrong_algorithm"),
        "Ed448 named for an Ed25519 key": (by_kid("ed25519", "Ed448"), "wrong_algorithm"),
        "algorithm in lower case": (by_kid("ed25519", "eddsa"), "wrong_algorithm"),
        "kid of another key": (sign({"alg": "RS256", "kid": "rsa"}, claims(), key="rsa-other"), "bad_signature"),
        "signed by a key never registered": (sign(header(), claims(), key="ed25519-other"), "bad_signature"),
        "kid unknown": (with_header(kid="gone"), "unknown_key"),
        "kid in another case": (with_header(kid="Ed25519"), "unknown_key"),
        "issuer unknown": (with_claims(iss="https://mallory.example"), "unknown_key"),
        "issuer with a slash behind": (with_claims(iss=ISSUER + "/"), "unknown_key"),
        "empty signature": (sign(header(), claims(), by=lambda _: b""), "bad_signature"),
        "psychic signature: ES256 of zeros": (by_kid("ec", "ES256", by=lambda _: bytes(64)), "bad_signature"),
        "EdDSA of zeros": (sign(header(), claims(), by=lambda _: bytes(64)), "bad_signature"),
        "RS256 of zeros": (by_kid("rsa", "RS256", by=lambda _: bytes(256)), "bad_signature"),
        "ES256 as DER": (by_kid("ec", "ES256", by=der_signature), "bad_signature"),
        "ES256 with one byte too many": (
            by_kid("ec", "ES256", by=lambda m: signature("ec", m) + b"\0"),
            "bad_signature",
        ),
        "ES256 by a P-384 key": (by_kid("ec", "ES256", key="ec-p384"), "bad_signature"),
        "RS256 with a zero in front": (
            by_kid("rsa", "RS256", by=lambda m: b"\0" + signature("rsa", m)),
            "bad_signature",
        ),
        "payload changed behind the signature": (
            ".".join([good.split(".")[0], b64(dumps(claims(sub="mallory"))), good.split(".")[2]]),
            "bad_signature",
        ),
        "header changed behind the signature": (
            ".".join([b64(dumps(header(alg="Ed25519"))), *good.split(".")[1:]]),
            "bad_signature",
        ),
    }


def confusions() -> dict[str, tuple[str, str]]:
    """A public key is no secret, and a secret no public key, whatever the header says."""
    der = base64.b64decode("".join(public_pem("ec").splitlines()[1:-1]))
    return {
        "HS256 with the EC public key as its secret": (
            by_secret(public_pem("ec").encode(), kid="ec"),
            "wrong_algorithm",
        ),
        "HS256 with the DER of the EC public key": (by_secret(der, kid="ec"), "wrong_algorithm"),
        "HS256 with the public key of Ed25519": (by_secret(der[-32:], kid="ed25519"), "wrong_algorithm"),
        "HS256 by a shared secret, naming a public key": (by_secret(SHARED.encode(), kid="rsa"), "wrong_algorithm"),
        "a shared secret with HS384": (by_secret(SHARED.encode(), alg="HS384", digest="sha384"), "wrong_algorithm"),
        "a shared secret with HS512": (by_secret(SHARED.encode(), alg="HS512", digest="sha512"), "wrong_algorithm"),
        "a shared secret with RS256": (by_secret(SHARED.encode(), alg="RS256"), "wrong_algorithm"),
        "RS256 by a key pair, naming a shared secret": (by_kid("shared", "RS256", key="rsa"), "wrong_algorithm"),
        "EdDSA by a key pair, naming a shared secret": (by_kid("shared", "EdDSA", key="ed25519"), "wrong_algorithm"),
        "HS256 by another secret": (by_secret(b"rfs_" + b"x" * 43), "bad_signature"),
        "HS256 by an empty secret": (by_secret(b""), "bad_signature"),
        "HS256 by the secret without its prefix": (by_secret(SHARED.encode()[4:]), "bad_signature"),
        "HS256 cut to half its length": (
            sign(
                {"alg": "HS256", "kid": "shared"}, claims(), by=lambda m: hmac.digest(SHARED.encode(), m, "sha256")[:16]
            ),
            "bad_signature",
        ),
        "HS256 without a signature": (
            sign({"alg": "HS256", "kid": "shared"}, claims(), by=lambda _: b""),
            "bad_signature",
        ),
    }


def subjects() -> dict[str, tuple[str, str]]:
    return {
        "iss missing": (with_claims(iss=...), "bad_issuer"),
        "iss is a list": (with_claims(iss=[ISSUER]), "bad_issuer"),
        "aud missing": (with_claims(aud=...), "wrong_audience"),
        "aud of another deployment": (with_claims(aud="https://other.example"), "wrong_audience"),
        "aud with a slash behind": (with_claims(aud=AUDIENCE + "/"), "wrong_audience"),
        "aud is an empty list": (with_claims(aud=[]), "wrong_audience"),
        "aud list without us": (with_claims(aud=["https://other.example"]), "wrong_audience"),
        "aud list with a number": (with_claims(aud=[AUDIENCE, 1]), "wrong_audience"),
        "aud is an object": (with_claims(aud={AUDIENCE: True}), "wrong_audience"),
        "sub missing": (with_claims(sub=...), "bad_subject"),
        "sub is null": (with_claims(sub=None), "bad_subject"),
        "sub empty": (with_claims(sub=""), "bad_subject"),
        "sub blank": (with_claims(sub="   "), "bad_subject"),
        "sub is a number": (with_claims(sub=7), "bad_subject"),
        "sub of 256 characters": (with_claims(sub="s" * 256), "bad_subject"),
        "sub holds NUL": (with_claims(sub="alice\0"), "bad_subject"),
        "sub is half a character": (with_body('"alice"', '"\\ud800"'), "bad_subject"),
        "jti missing": (with_claims(jti=...), "bad_token_id"),
        "jti empty": (with_claims(jti=""), "bad_token_id"),
        "jti is a number": (with_claims(jti=1), "bad_token_id"),
        "jti of 256 characters": (with_claims(jti="j" * 256), "bad_token_id"),
        "org missing": (with_claims(org=...), "bad_organization"),
        "org empty": (with_claims(org=""), "bad_organization"),
        "org is a list": (with_claims(org=["rose", "thorn"]), "bad_organization"),
        "org with a line break": (with_claims(org="rose\nthorn"), "bad_organization"),
    }


def times() -> dict[str, tuple[str, str]]:
    return {
        "iat missing": (with_claims(iat=...), "bad_issued_at"),
        "iat is true": (with_claims(iat=True), "bad_issued_at"),
        "iat negative": (with_claims(iat=-1), "bad_issued_at"),
        "iat in milliseconds": (with_claims(iat=NOW * 1000), "bad_issued_at"),
        "iat 31 s in the future": (with_claims(iat=NOW + 31), "issued_in_the_future"),
        "exp missing": (with_claims(exp=...), "bad_expiry"),
        "exp is a string": (with_claims(exp=str(NOW + 295)), "bad_expiry"),
        "exp is true": (with_claims(exp=True), "bad_expiry"),
        "exp is null": (with_claims(exp=None), "bad_expiry"),
        "exp beyond the calendar": (with_claims(exp=10**300), "bad_expiry"),
        "exp at the end of the calendar": (with_claims(exp=253402300799), "lives_too_long"),
        "exp before iat": (with_claims(iat=NOW, exp=NOW - 1), "bad_expiry"),
        "expired 30 s ago": (with_claims(iat=NOW - 60, exp=NOW - 30), "expired"),
        "expired a day ago": (with_claims(iat=NOW - 90_000, exp=NOW - 86_400), "expired"),
        "lives an hour and a second": (with_claims(iat=NOW, exp=NOW + 3601), "lives_too_long"),
        "nbf 31 s in the future": (with_claims(nbf=NOW + 31), "not_yet_valid"),
        "nbf is a string": (with_claims(nbf=str(NOW)), "bad_not_before"),
        "nbf is null": (with_claims(nbf=None), "bad_not_before"),
    }


def optional() -> dict[str, tuple[str, str]]:
    return {
        "role owner": (with_claims(role="owner"), "role_refused"),
        "role partner": (with_claims(role="partner"), "role_refused"),
        "role operator": (with_claims(role="operator"), "role_refused"),
        "role in capitals": (with_claims(role="Admin"), "role_refused"),
        "role is a list": (with_claims(role=["admin"]), "role_refused"),
        "role is null": (with_claims(role=None), "role_refused"),
        "role is an object": (with_claims(role={"admin": True}), "role_refused"),
        "name holds NUL": (with_claims(name="Al\0ice"), "bad_claim"),
        "name turns the direction of text": (with_claims(name="Alice \u202egnp.exe"), "bad_claim"),
        "name is a number": (with_claims(name=1), "bad_claim"),
        "name of 201 characters": (with_claims(name="n" * 201), "bad_claim"),
        "email without an at sign": (with_claims(email="alice"), "bad_claim"),
        "email with a line break": (with_claims(email="alice@rose.example\r\nBcc: x@y"), "bad_claim"),
        "org_name is a list": (with_claims(org_name=["Rose"]), "bad_claim"),
        "locale is a path": (with_claims(locale="../../etc"), "bad_claim"),
    }


def good() -> dict[str, str]:
    everything = {
        "org_name": "Rose A/S",
        "name": "Alice \u00c5",
        "email": "alice@rose.example",
        "role": "admin",
        "locale": "da-DK",
    }
    return {
        "RS256": by_kid("rsa", "RS256"),
        "ES256": by_kid("ec", "ES256"),
        "EdDSA": by_kid("ed25519", "EdDSA"),
        "Ed25519, the name by RFC 9864": by_kid("ed25519", "Ed25519"),
        "HS256": by_secret(SHARED.encode()),
        "typ JWT": with_header(typ="JWT"),
        "typ in lower case, b64 true": with_header(typ="jwt", b64=True),
        "aud list with us in it": with_claims(aud=["https://other.example", AUDIENCE]),
        "every optional claim": with_claims(**everything),
        "unknown optional claims left empty": with_claims(name=None, email="", org_name=" ", locale=None),
        "an unknown claim": with_claims(plan={"tier": ["gold"]}),
        "expired 29 s ago, within the leeway": with_claims(iat=NOW - 60, exp=NOW - 29),
        "iat 30 s in the future, within the leeway": with_claims(iat=NOW + 30),
        "nbf 30 s in the future, within the leeway": with_claims(nbf=NOW + 30),
        "lives an hour": with_claims(iat=NOW, exp=NOW + 3600),
        "times with fractions": with_claims(iat=NOW - 0.5, exp=NOW + 10.25),
        "sub, org and jti of 255 characters": with_claims(sub="s" * 255, org="o" * 255, jti="j" * 255),
    }


def document() -> dict[str, object]:
    bad = shapes() | documents() | headers() | signatures() | confusions() | subjects() | times() | optional()
    return {
        "about": "Made by make_bad_tokens.py with published test-only keys. Tokens are judged at `now`.",
        "now": NOW,
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "keys": {name: public_pem(name) for name in REGISTERED},
        "secrets": {"shared": SHARED},
        "unusable_keys": {name: public_pem(name) for name in ("rsa-1024", "ec-p384")},
        "bad": [{"name": name, "token": token, "reason": reason} for name, (token, reason) in bad.items()],
        "good": [{"name": name, "token": token} for name, token in good().items()],
    }


def text() -> str:
    return json.dumps(document(), indent=1) + "\n"


if __name__ == "__main__":
    (HERE / "bad_tokens.json").write_text(text())
