"""Signs a token for the user who is logged in: python sign.py (needs: pip install joserfc)."""

import os
import secrets
import time
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import RSAKey

key = RSAKey.import_key(Path(os.environ["SIGNING_KEY"]).read_bytes())
now = int(time.time())
claims = {"iss": os.environ["ISSUER"], "aud": os.environ["AUDIENCE"], "sub": "alice", "org": "rose"}
claims |= {"iat": now, "exp": now + 60, "jti": secrets.token_hex(16)}
token = jwt.encode({"alg": "RS256", "kid": os.environ["KID"]}, claims, key)
print(token)
