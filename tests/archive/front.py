"""TLS in front of a plain web server, as deployments do it; Debian's Orthanc crashes on HTTPS."""

import contextlib
import select
import socket
import socketserver
import ssl
import threading


class TlsFront(socketserver.ThreadingTCPServer):
    """Passes the bytes of TLS connections on to a plain port."""

    allow_reuse_address = True

    def __init__(self, certificate, port):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        self.upstream = ("127.0.0.1", port)
        super().__init__(("", 0), _Pump)
        self.port = self.server_address[1]
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name="front")
        self._thread.start()

    def close(self):
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, request, client_address):
        """A refused handshake is what some tests are about."""


class _Pump(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.settimeout(10)
        try:
            inner = self.server.context.wrap_socket(self.request, server_side=True)
        except OSError:
            return
        with inner, socket.create_connection(self.server.upstream, 10) as outer:
            ends = {inner: outer, outer: inner}
            with contextlib.suppress(OSError):
                while True:
                    ready = [inner] if inner.pending() else select.select(list(ends), [], [], 10)[0]
                    for end in ready:
                        data = end.recv(65536)
                        if not data:
                            return
                        ends[end].sendall(data)
                    if not ready:
                        return
