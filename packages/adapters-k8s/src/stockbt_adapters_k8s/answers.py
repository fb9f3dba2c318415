"""What an answer of the API server to a create means: refused for good, no room now, or unknown."""

import json
import re

from kubernetes.client import ApiException
from stockbt_domain.errors import LaunchDeferred, LauncherUnavailable, LaunchRejected, StockbtError
from stockbt_domain.messages import Message

_FOR_GOOD = {400, 403, 404, 405, 413, 415, 422}
_QUOTA = "exceeded quota"
_AMOUNT = re.compile(r"(requested|limited): ([^:]*?)(?=, (?:used|limited): |$)")


def meaning_of(error: ApiException, namespace: str) -> StockbtError:
    """Return the domain's error for a refused create: LaunchRejected, LaunchDeferred, or
    LauncherUnavailable where nothing is known. A 409 is the caller's to look into."""
    said = message_of(error)
    if error.status == 403 and _QUOTA in said:
        if _never_fits(said):
            return LaunchRejected(Message("LAUNCH_REJECTED.quota", namespace=namespace, detail=said))
        return LaunchDeferred(f"the quota of namespace {namespace} is used up: {said}")
    if error.status == 403 and " cannot create resource " in said:
        return LaunchRejected(Message("LAUNCH_REJECTED.rights", namespace=namespace, detail=said))
    if error.status == 404:
        return LaunchRejected(Message("LAUNCH_REJECTED.namespace", namespace=namespace, detail=said))
    if error.status in _FOR_GOOD:
        return LaunchRejected(Message("LAUNCH_REJECTED.job", detail=said))
    return unknown(error)


def unknown(error: ApiException) -> LauncherUnavailable:
    """Return the error of an answer that tells nothing about any run."""
    if error.status == 401:
        return LauncherUnavailable("the API server does not accept the web app's token at present")
    asked = (error.headers or {}).get("Retry-After", "")
    return LauncherUnavailable(
        f"the API server answered {error.status or 'nothing'}: {message_of(error)}",
        retry_after=float(asked) if asked.isascii() and asked.isdigit() else 0.0,
    )


def message_of(error: ApiException) -> str:
    """Return the sentence of a Status body, or what there is instead of one, in at most 500 letters."""
    body = error.body or ""
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body)
    try:
        found = json.loads(text)["message"]
    except (ValueError, KeyError, TypeError):
        found = text or error.reason or ""
    return " ".join(str(found).split())[:500]


def _never_fits(said: str) -> bool:
    """Return whether a quota is below what one Job counts, so that waiting is of no use."""
    amounts = {key: _counts(text) for key, text in _AMOUNT.findall(said)}
    limits = amounts.get("limited", {})
    return any(count > limits.get(what, count) for what, count in amounts.get("requested", {}).items())


def _counts(text: str) -> dict[str, int]:
    pairs = (pair.partition("=") for pair in text.split(","))
    return {what.strip(): int(count) for what, _, count in pairs if count.isdigit()}
