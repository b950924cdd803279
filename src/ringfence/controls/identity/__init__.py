"""Who calls: partners' tokens, session and refresh tokens and API keys become a Principal here and nowhere else.

Each module is its own door, named for what it reads: `partner_token.verify`, `session_token.verify`, `api_keys.parse`.
"""
