"""What a browser may do with our pages, and who may post to them."""

from urllib.parse import urlsplit

from flask import Flask, Response, request

from .problems import answer
from .text.languages import N_

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_SAFE = {"GET", "HEAD", "OPTIONS"}


def secure(app: Flask) -> None:
    """Refuse changes that another site's page asks for, and send the security headers."""

    @app.before_request
    def same_site_only() -> Response | None:
        if request.method in _SAFE or _from_here():
            return None
        return answer(403, N_("Forbidden"), N_("A page of another site may not change anything here."))

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        return response


def _from_here() -> bool:
    """Browsers say where a request comes from; a program that says nothing is no browser."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    try:
        return origin is None or urlsplit(origin).netloc == request.host
    except ValueError:  # http://[: no address at all
        return False
