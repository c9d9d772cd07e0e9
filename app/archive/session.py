"""HTTP with bounds: time, size, no redirects, no secrets from files, the system's certificates."""

import ssl
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3.exceptions import HTTPError

from app.archive.base import Stopped
from app.archive.tls import Trust, explain_tls
from app.archive.watch import Watch
from app.domain.archived import Secrets
from app.errors import ArchiveDenied, ArchiveError

CHUNK = 256 * 1024
AGAIN = "Try again later; what was fetched is kept and will be skipped."


class _Adapter(HTTPAdapter):  # type: ignore[misc]  # requests has no types here
    """Checks certificates against one TLS context instead of a list shipped with a library."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **options)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=self._context, **options)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        del url, verify, cert  # the context knows
        conn.cert_reqs = "CERT_REQUIRED"


class BoundedSession(requests.Session):  # type: ignore[misc]
    """A session whose answers are complete, bounded and read before they are returned.

    Parameters
    ----------
    name
        The archive, for sentences.
    watch
        Told of every byte.
    """

    def __init__(self, name: str, watch: Watch, trust: Trust, secrets: Secrets) -> None:
        super().__init__()
        self.trust_env = False  # no passwords from .netrc
        self._name, self._watch, self._now = name, watch, None
        self._stopped = False
        self.proxies.update(get_environ_proxies(name))
        self.headers["Accept-Encoding"] = "identity"
        if secrets.token:
            self.headers["Authorization"] = f"Bearer {secrets.token}"
        elif secrets.user:
            self.auth = (secrets.user.encode(), secrets.password.encode())
        if name.startswith("https:"):
            self.mount("https://", _Adapter(trust.client()))

    def get(self, url: str | bytes, **options: Any) -> requests.Response:
        """Return an answer whose body is here in full.

        Raises
        ------
        ArchiveError
            The archive cannot be reached, refuses, fails, breaks off, or sends
            too much or too slowly.
        """
        if self._stopped:
            raise Stopped
        headers = {key: text for key, text in options.pop("headers", {}).items() if key != "Host"}
        limits = self._watch.limits
        path, mark, question = str(url).partition("?")
        # Allowed as they are in a question, and some archives do not decode them.
        url = path + mark + question.replace("%2A", "*").replace("%3F", "?")
        options |= {"timeout": (limits.connect, limits.idle), "allow_redirects": False}
        self._watch.start()
        try:
            with super().get(url, headers=headers, **(options | {"stream": True})) as response:
                self._now = response.raw
                self._refuse(response)
                response._content = self._body(response)
                response._content_consumed = True
                return response
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise self._explained(error) from error
        finally:
            self._now = None
            self._watch.stop()

    def cut(self) -> None:
        """End the answer under way, and refuse further questions."""
        self._stopped = True
        raw: Any = self._now
        if raw is not None:
            try:
                raw.shutdown()
            except (OSError, ValueError, RuntimeError):
                return  # it has just ended by itself

    def _body(self, response: requests.Response) -> bytes:
        body = bytearray()
        while not self._stopped:
            chunk = response.raw.read1(CHUNK, decode_content=True)
            if not chunk:
                break
            body += chunk
            self._watch.heard(len(chunk))
            trouble = self._watch.trouble()
            if trouble is not None:
                raise trouble
        if self._stopped:
            raise Stopped
        promised = response.headers.get("Content-Length", "")
        encoded = response.headers.get("Content-Encoding", "identity") != "identity"
        if promised.isdigit() and not encoded and len(body) != int(promised):
            raise ArchiveError(f"{self._name} broke off in the middle of its answer.", remedy=AGAIN)
        return bytes(body)

    def _refuse(self, response: requests.Response) -> None:
        code = response.status_code
        if code < 300:
            return
        name, reason = self._name, _printable(response.reason)
        if code in (401, 407):
            raise ArchiveDenied(
                f"{name} asks who is there, or does not accept what was given.",
                remedy="Set BLINDREAD_ARCHIVE_USER and BLINDREAD_ARCHIVE_PASSWORD, "
                "or BLINDREAD_ARCHIVE_TOKEN.",
            )
        if code == 403:
            raise ArchiveDenied(
                f"{name} does not allow this.",
                remedy="Ask the archive's administrator for the right to read these images.",
            )
        if code < 400:
            to = "".join(filter(str.isprintable, response.headers.get("Location", "")))[:200]
            raise ArchiveError(
                f"{name} sends on to {to or 'another address'}.",
                remedy="Give that address, if you trust it.",
            )
        if code in (404, 405, 406, 415):
            raise ArchiveError(
                f"{name} answers {code}{reason}: there is no such DICOMweb service, or not this "
                "image.",
                remedy="Check the path in the address; it often ends in /dicom-web or /dicomweb.",
            )
        if code < 500:
            raise ArchiveError(
                f"{name} refuses the question: {code}{reason}.",
                remedy="Ask for less, or with a study UID; some archives refuse other keys.",
            )
        raise ArchiveError(f"{name} has failed: {code}{reason}.", remedy=AGAIN)

    def _explained(self, error: Exception) -> Exception:
        if self._stopped:
            return Stopped()
        name = self._name
        if isinstance(error, requests.exceptions.SSLError):
            what, remedy = explain_tls(name, error)
            return ArchiveError(what, remedy=remedy)
        if isinstance(error, requests.exceptions.ConnectTimeout):
            return _unreachable(name, f"no answer in {self._watch.limits.connect:g} seconds")
        if isinstance(error, requests.exceptions.ReadTimeout):
            return ArchiveError(
                f"{name} has sent nothing for {self._watch.limits.idle:g} seconds.", remedy=AGAIN
            )
        text = str(error)
        if isinstance(error, requests.exceptions.ConnectionError):
            for sign, why in (
                ("Name or service", "the host is not known"),
                ("name resolution", "the host is not known"),
                ("getaddrinfo", "the host is not known"),
                ("refused", "nothing listens on this port"),
                ("unreachable", "there is no way to it in the network"),
                ("proxy", "the proxy does not let it through"),
            ):
                if sign.lower() in text.lower():
                    return _unreachable(name, why)
        if "timed out" in text.lower():
            return ArchiveError(
                f"{name} has sent nothing for {self._watch.limits.idle:g} seconds.", remedy=AGAIN
            )
        if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
            return _unreachable(name, "the address cannot be used")
        return ArchiveError(f"{name} broke off in the middle of its answer.", remedy=AGAIN)


def _unreachable(name: str, why: str) -> ArchiveError:
    return ArchiveError(
        f"{name} cannot be reached: {why}.",
        remedy="Check host and port in the address, and that this network leads there.",
    )


def _printable(reason: str | None) -> str:
    words = "".join(filter(str.isprintable, reason or ""))[:60].strip()
    return f" ({words})" if words else ""
