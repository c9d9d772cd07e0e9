"""Associations: opened with bounds, refused in words, cut when they take too long."""

import contextlib
import functools
import socket
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from pynetdicom import AE, evt
from pynetdicom.pdu_primitives import UserIdentityNegotiation
from pynetdicom.transport import AssociationSocket

from app.archive.address import DicomAddress
from app.archive.base import Stopped
from app.archive.instance import hush
from app.archive.tls import Trust, explain_tls
from app.archive.watch import Watch
from app.domain.archived import Secrets
from app.errors import ArchiveDenied, ArchiveError

PDU_SIZE = 2**17
LONGEST_PDU = 2**24
"""Some archives send longer ones than agreed; they are let through up to this size."""
CHUNK = 2**16
PATIENCE = 2.0
"""Seconds for the threads of a cut association to end."""
REFUSALS = {
    (1, 2): ("does not know this application context", "Check that it is a DICOM archive."),
    (1, 3): (
        "does not know the calling title {calling}",
        "Ask its administrator to register this title, or give one that is known: "
        "?calling=TITLE after the port.",
    ),
    (1, 7): (
        "is not called {called}",
        "Check the title before @ in the address; capital letters count.",
    ),
    (3, 1): ("is busy", "Try again later."),
    (3, 2): ("allows no more connections", "Try again later."),
}


def _shut(wrapper: Any) -> None:
    """Close a socket also where the peer has gone, which pynetdicom 3.0 forgets."""
    wire = wrapper.socket
    if wire is not None:
        with contextlib.suppress(OSError):
            wire.shutdown(socket.SHUT_RDWR)
        wire.close()


AssociationSocket._shutdown_socket = _shut


def _receive(wire: socket.socket, watch: Watch, size: int) -> bytearray:
    """Read some bytes of a PDU, telling the watch of each part."""
    if size > LONGEST_PDU:
        raise OSError("a PDU that nobody has agreed to")
    data = bytearray()
    while len(data) < size:
        part = wire.recv(min(size - len(data), CHUNK))
        if not part:
            break
        data += part
        watch.heard(len(part))
    return data


class Connections:
    """Opens associations with one archive and can cut them all from another thread."""

    def __init__(self, address: DicomAddress, secrets: Secrets, trust: Trust, watch: Watch) -> None:
        self.address, self.watch = address, watch
        self._secrets, self._trust = secrets, trust
        self._context = trust.client() if address.tls else None
        self._lock = threading.Lock()
        self._open: dict[Any, socket.socket] = {}
        self._stopped = False
        hush()
        self.entity = AE(ae_title=address.calling)
        self.entity.connection_timeout = watch.limits.connect
        self.entity.acse_timeout = watch.limits.connect
        self.entity.dimse_timeout = None  # the watch decides
        self.entity.network_timeout = watch.limits.idle
        self.entity.maximum_pdu_size = PDU_SIZE

    @property
    def stopped(self) -> bool:
        """Whether somebody has cut the connections."""
        return self._stopped

    def handlers(self) -> list[Any]:
        """Return the handlers that every association needs, opened here or by the archive."""
        return [
            (evt.EVT_CONN_OPEN, self._opened),
            (evt.EVT_DIMSE_RECV, self._complete),
        ]

    def associate(
        self, contexts: Sequence[Any], roles: Sequence[Any] = (), handlers: Sequence[Any] = ()
    ) -> Any:
        """Return an open association; the watch runs from here on.

        Raises
        ------
        ArchiveError
            The archive cannot be reached, refuses, or does not speak DICOM.
        """
        hush()
        address = self.address
        self.watch.start()
        if self._stopped:
            raise Stopped
        try:
            association = self.entity.associate(
                address.host,
                address.port,
                contexts=list(contexts),
                ae_title=address.called,
                max_pdu=PDU_SIZE,
                ext_neg=[*roles, *self._identity()],
                evt_handlers=[*self.handlers(), *handlers],
                tls_args=(self._context, address.host) if self._context else None,
            )
        except OSError as error:  # the name of the host
            raise self._unreachable(error) from error
        if not association.is_established:
            failure = self._refusal(association)
            self.end(association)
            raise failure
        return association

    @contextlib.contextmanager
    def ending(self, association: Any) -> Iterator[None]:
        """Release an association after the block, or cut it where the block fails."""
        try:
            yield
            if association.is_established:
                association.release()
        finally:
            self.end(association)
            self.watch.stop()

    def end(self, association: Any) -> None:
        """Cut an association and wait, within bounds, for its threads."""
        self._cut(association)
        ending = threading.Thread(target=association.kill, name="archive ends", daemon=True)
        ending.start()
        ending.join(PATIENCE)
        if association.is_alive():
            association.join(PATIENCE)
        with self._lock:
            wire = self._open.pop(association, None)
        if wire is not None:
            wire.close()
        association.dimse.msg_queue.put((None, None))  # whoever waits for a message goes on

    def stop(self) -> None:
        """Cut every connection; calls that wait for the archive end."""
        with self._lock:
            self._stopped = True
            waiting = list(self._open)
        for association in waiting:
            self._cut(association)

    def broken(self) -> Exception:
        """Return why an association ended before its answer."""
        if self._stopped:
            return Stopped()
        address = self.address
        return self.watch.trouble() or ArchiveError(
            f"{address} broke off before its answer was complete.",
            remedy="Try again; what was fetched is kept. Some archives hang up on a calling title "
            f"that they do not know: have {address.calling} registered, or give ?calling=TITLE.",
        )

    def _opened(self, event: Any) -> None:
        wrapper = event.assoc.dul.socket
        wrapper.recv = functools.partial(_receive, wrapper.socket, self.watch)
        with self._lock:
            self._open[event.assoc] = wrapper.socket
            stopped = self._stopped
        if stopped:
            self._cut(event.assoc)

    def _complete(self, _event: Any) -> None:
        self.watch.complete()

    @staticmethod
    def _cut(association: Any) -> None:
        """Shut the socket down, so that no thread waits for it any more."""
        wrapper = association.dul.socket
        wire = wrapper.socket if wrapper is not None else None
        if wire is not None:
            with contextlib.suppress(OSError):
                wire.shutdown(socket.SHUT_RDWR)

    def _identity(self) -> list[Any]:
        secrets = self._secrets
        if not secrets:
            return []
        item = UserIdentityNegotiation()
        if secrets.token:
            item.user_identity_type, item.primary_field = 5, secrets.token.encode()
        else:
            item.user_identity_type = 2 if secrets.password else 1
            item.primary_field = secrets.user.encode()
            if secrets.password:
                item.secondary_field = secrets.password.encode()
        return [item]

    def _refusal(self, association: Any) -> Exception:
        if self._stopped:
            return Stopped()
        trouble = self.watch.trouble()
        if trouble is not None:
            return trouble
        address = self.address
        if association.is_rejected:
            answer = association.acceptor.primitive
            why, remedy = REFUSALS.get(
                (answer.result_source, answer.diagnostic),
                ("refuses the connection", "Ask its administrator to let {calling} in."),
            )
            titles = {"calling": address.calling, "called": address.called}
            refused = (answer.result_source, answer.diagnostic) == (1, 3)
            return (ArchiveDenied if refused else ArchiveError)(
                f"{address} {why.format(**titles)}.", remedy=remedy.format(**titles)
            )
        return self._diagnose()

    def _diagnose(self) -> ArchiveError:
        """Say why there is no association, by knocking once more."""
        address, limits = self.address, self.watch.limits
        try:
            wire = socket.create_connection((address.host, address.port), limits.connect)
        except OSError as error:
            return self._unreachable(error)
        with wire:
            try:
                if self._context is not None:
                    with self._context.wrap_socket(wire, server_hostname=address.host):
                        pass
            except OSError as error:
                what, remedy = explain_tls(address, error)
                return ArchiveError(what, remedy=remedy)
        return ArchiveError(
            f"{address} listens but does not open a DICOM association.",
            remedy="Check the port; an archive with TLS needs dicoms:// in the address"
            + (", some also a certificate of this computer (--cert FILE)." if address.tls else "."),
        )

    def _unreachable(self, error: OSError) -> ArchiveError:
        limits = self.watch.limits
        if isinstance(error, socket.gaierror):
            why = "the host is not known"
        elif isinstance(error, ConnectionRefusedError):
            why = "nothing listens on this port"
        elif isinstance(error, TimeoutError):
            why = f"no answer in {limits.connect:g} seconds"
        else:
            why = error.strerror or "the network refused"
        return ArchiveError(
            f"{self.address} cannot be reached: {why}.",
            remedy="Check host and port in the address, and that this network leads there.",
        )
