"""CSRF tokens: bound to the session (or, before there is one, to a random cookie of the sign-in form)."""

import hashlib
import hmac
import secrets

FIELD = "csrf"
HEADER = "x-csrf-token"


def new_token() -> str:
    """256 random bits, safe in a cookie."""
    return secrets.token_urlsafe(32)


def csrf_of(session_token: str) -> str:
    """The token every form of this session carries: nobody without the session cookie can compute it."""
    return hmac.new(session_token.encode(), b"minyi desk form", hashlib.sha256).hexdigest()


def sign_in_csrf(secret: bytes, nonce: str) -> str:
    """The token of a sign-in form whose cookie holds `nonce`."""
    return hmac.new(secret, nonce.encode(), hashlib.sha256).hexdigest()


def same(given: str, wanted: str) -> bool:
    """Compare without telling by timing; any text is allowed."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode("utf-8", "replace"))
