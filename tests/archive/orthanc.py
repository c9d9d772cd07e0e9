"""A real Orthanc, started for the tests with a storage of its own and ended with them."""

import base64
import contextlib
import http.client
import json
import shutil
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.archive.front import TlsFront

PLUGIN_FOLDERS = (
    "/usr/lib/orthanc",
    "/usr/share/orthanc/plugins",
    "/usr/local/share/orthanc/plugins",
)
USER, PASSWORD = "reader", "secret of the tests"
CALLING = "BLINDREAD"


def binary() -> str | None:
    """Return the program, also where /usr/sbin is not in the path."""
    return shutil.which("Orthanc") or shutil.which("Orthanc", path="/usr/sbin:/usr/local/sbin")


def plugin() -> Path | None:
    """Return the DICOMweb plugin."""
    for folder in map(Path, PLUGIN_FOLDERS):
        for path in sorted(folder.glob("libOrthancDicomWeb.so*")):
            return path
    return None


def free_ports(count: int) -> list[int]:
    """Return ports that nobody uses at this moment."""
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(socket.socket()) for _ in range(count)]
        for wire in wires:
            wire.bind(("127.0.0.1", 0))
        return [wire.getsockname()[1] for wire in wires]


@dataclass
class Orthanc:
    """One running server, and where to find it."""

    folder: Path
    tls: dict[str, Path] = field(default_factory=dict)
    _front: TlsFront | None = None

    def start(self) -> "Orthanc":
        self.http, self.dicom, self.move = free_ports(3)
        self.folder.mkdir(parents=True, exist_ok=True)
        config = {
            "Name": "tests",
            "StorageDirectory": str(self.folder / "storage"),
            "IndexDirectory": str(self.folder / "storage"),
            "HttpPort": self.http,
            "DicomPort": self.dicom,
            "DicomAet": "ORTHANC",
            "DicomCheckCalledAet": True,
            "RemoteAccessAllowed": True,
            "AuthenticationEnabled": True,
            "RegisteredUsers": {USER: PASSWORD},
            "Plugins": [str(plugin())],
            "DicomModalities": {"me": [CALLING, "127.0.0.1", self.move]},
            "DicomAlwaysAllowEcho": False,
            "ExecuteLuaEnabled": False,
            "ConcurrentJobs": 1,
        }
        if self.tls:
            config |= {
                "DicomTlsEnabled": True,
                "DicomTlsCertificate": str(self.tls["certificate"]),
                "DicomTlsPrivateKey": str(self.tls["key"]),
                "DicomTlsTrustedCertificates": str(self.tls["authority"]),
                "DicomTlsRemoteCertificateRequired": False,
            }
        path = self.folder / "orthanc.json"
        path.write_text(json.dumps(config))
        self._log = (self.folder / "log.txt").open("wb")
        self._process = subprocess.Popen(
            [binary(), str(path)], stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log
        )
        self._wait()
        self._front = TlsFront(self.tls["both"], self.http) if self.tls else None
        return self

    def stop(self) -> None:
        if self._front is not None:
            self._front.close()
        self._process.kill()  # its storage ends with the tests
        self._process.wait()
        self._log.close()

    @property
    def web(self) -> str:
        port = self._front.port if self._front else self.http
        return f"{'https' if self.tls else 'http'}://localhost:{port}/dicom-web"

    def dicom_address(self, called: str = "ORTHANC", **options: object) -> str:
        query = "&".join(f"{name}={value}" for name, value in options.items())
        scheme = "dicoms" if self.tls else "dicom"
        return f"{scheme}://{called}@localhost:{self.dicom}{'?' if query else ''}{query}"

    def rest(self, method: str, path: str, data: bytes | None = None):
        """Call Orthanc's own interface and return the JSON of its answer."""
        wire = http.client.HTTPConnection("localhost", self.http, timeout=20)
        token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        try:
            wire.request(method, path, data, {"Authorization": f"Basic {token}"})
            answer = wire.getresponse()
            body = answer.read()
        finally:
            wire.close()
        assert answer.status < 300, (answer.status, body)
        return json.loads(body or b"null")

    def upload(self, paths) -> None:
        for path in paths:
            self.rest("POST", "/instances", Path(path).read_bytes())

    def log(self) -> str:
        return (self.folder / "log.txt").read_text("utf-8", "replace")

    def _wait(self) -> None:
        until = time.monotonic() + 30
        pause = threading.Event()
        while True:
            try:
                self.rest("GET", "/system")
            except OSError as error:
                if self._process.poll() is not None or time.monotonic() > until:
                    self.stop()
                    raise RuntimeError(self.log()) from error
                pause.wait(0.05)
            else:
                return
