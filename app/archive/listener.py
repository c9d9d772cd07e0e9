"""The side of C-MOVE that is called back: a storage provider for one archive."""

import threading
from typing import Any

from pynetdicom import AE, AllStoragePresentationContexts, evt
from pynetdicom.transport import ThreadedAssociationServer

from app.archive.association import PATIENCE, PDU_SIZE, Connections
from app.archive.contexts import SYNTAXES
from app.archive.receive import REFUSED, Receiver
from app.archive.tls import Trust
from app.errors import InputError

POLL = 0.05
"""Seconds between two looks at whether to stop listening."""
EVERYWHERE = "0.0.0.0"  # noqa: S104 - the archive connects back from its own address


class Listener:
    """Takes what is sent to this program's title and hands it to the ``receiver`` of the moment.

    Raises
    ------
    InputError
        The port is taken, or TLS needs a certificate that is not there.
    """

    def __init__(self, connections: Connections, trust: Trust) -> None:
        self.receiver: Receiver | None = None
        self._connections = connections
        self._taken: list[Any] = []
        address, limits = connections.address, connections.watch.limits
        entity = AE(ae_title=address.calling)
        entity.require_called_aet = True
        entity.maximum_pdu_size = PDU_SIZE
        entity.acse_timeout = limits.connect
        entity.dimse_timeout = entity.network_timeout = limits.idle
        for context in AllStoragePresentationContexts:
            entity.add_supported_context(context.abstract_syntax, list(SYNTAXES))
        context = trust.server() if address.tls else None
        try:
            self._server: Any = entity.make_server(
                (EVERYWHERE, address.listen),
                server_class=ThreadedAssociationServer,
                evt_handlers=[
                    *connections.handlers(),
                    (evt.EVT_CONN_OPEN, lambda event: self._taken.append(event.assoc)),
                    (evt.EVT_C_STORE, self._store),
                ],
                ssl_context=context,
            )
        except OSError as error:
            raise InputError(
                f"Port {address.listen} of this computer cannot be used for C-MOVE: "
                f"{error.strerror or error}.",
                remedy="End the program that uses it, or give another with ?listen=PORT "
                "and register that one in the archive.",
            ) from error

        entity._servers.append(self._server)  # where its shutdown looks for it
        threading.Thread(
            target=self._server.serve_forever, args=(POLL,), name="archive listens", daemon=True
        ).start()

    def close(self) -> None:
        """Stop listening and end what is connected."""
        ending = threading.Thread(target=self._server.shutdown, name="archive ends", daemon=True)
        ending.start()  # a peer that stalls its TLS handshake must not hold us up
        ending.join(PATIENCE)
        for association in self._taken:
            self._connections.end(association)

    def _store(self, event: Any) -> int:
        return REFUSED if self.receiver is None else self.receiver(event)
