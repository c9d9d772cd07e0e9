"""Whom to trust: the system's certificates or a given authority, and who we are."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from app.errors import InputError


@dataclass(frozen=True, slots=True)
class Trust:
    """Files for TLS, all PEM.

    ``authority``: the certificates to trust instead of the system's;
    ``identity``: this program's certificate and its key, for archives that ask for one.
    """

    authority: Path | None = None
    identity: Path | None = None

    def client(self) -> ssl.SSLContext:
        """Return the context for a connection to an archive; it always verifies.

        Raises
        ------
        InputError
            A file is missing or holds no certificate.
        """
        try:
            context = ssl.create_default_context(cafile=self.authority)
        except OSError as error:
            raise _unusable(self.authority, "certificates of an authority", error) from error
        self._introduce(context)
        return context

    def server(self) -> ssl.SSLContext:
        """Return the context for an archive that connects to this program.

        Raises
        ------
        InputError
            There is no certificate to show.
        """
        if self.identity is None:
            raise InputError(
                "C-MOVE with TLS needs a certificate of this computer.",
                remedy="Give it with --cert FILE, or fetch with --method get.",
            )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._introduce(context)
        if self.authority is not None:
            context.load_verify_locations(cafile=self.authority)
            context.verify_mode = ssl.CERT_OPTIONAL
        return context

    def _introduce(self, context: ssl.SSLContext) -> None:
        if self.identity is None:
            return
        try:
            context.load_cert_chain(self.identity, password=lambda: b"")
        except (OSError, ValueError) as error:
            raise _unusable(
                self.identity, "a certificate with its key (without passphrase)", error
            ) from error


def _unusable(path: Path | None, what: str, error: Exception) -> InputError:
    missing = isinstance(error, FileNotFoundError)
    return InputError(
        f"{path} {'is not there' if missing else f'does not hold {what}'}.",
        remedy="Give a file in PEM format, as the archive's administrator hands it out.",
    )


def explain_tls(name: object, error: BaseException) -> tuple[str, str]:
    """Return what is wrong with a TLS connection, and what to do."""
    text = str(error).lower()
    if "hostname mismatch" in text or "ip address mismatch" in text:
        return (
            f"The certificate of {name} is made out to another host.",
            "Use the host name that the certificate names.",
        )
    if "expired" in text:
        return f"The certificate of {name} has expired.", "Ask the archive's administrator."
    if "certificate_verify_failed" in text or "certificate verify failed" in text:
        return (
            f"The certificate of {name} is not trusted: no known authority has signed it.",
            "Give the authority's certificate: --ca FILE, or Trust in the window.",
        )
    if "certificate_required" in text or "certificate required" in text:
        return (
            f"{name} asks for a certificate of this computer.",
            "Give certificate and key in one file with --cert FILE.",
        )
    return (
        f"{name} does not answer with TLS.",
        "Check the port, or use an address without TLS (dicom:// or http://).",
    )
