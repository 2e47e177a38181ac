"""Servers on the loopback that give files: over HTTP, and S3 as moto has it. Some of their answers break off."""

import importlib.util
import re
import sys
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# Snakemake imports its plugins whenever it starts: the one for S3 lies beside the packages, and only some tests see it.
PLUGINS = Path(sys.prefix, "plugins")
without_s3 = not (PLUGINS / "snakemake_storage_plugin_s3").is_dir() or not importlib.util.find_spec("moto")
BUCKET = "roman"


class Faults:
    """How the next answers of a server go wrong: each is used once.

    `breaks` of them end in the middle, `troubles` are pages about an error.
    """

    def __init__(self):
        self.breaks = self.troubles = 0
        self.asked = []

    def take(self, kind):
        """Whether the answer is to go wrong in this way."""
        left = getattr(self, kind)
        setattr(self, kind, max(0, left - 1))
        return left > 0


class Handler(SimpleHTTPRequestHandler):
    """Gives files and parts of them, and breaks off if told to.

    It denies access to what is called private, and headers alone to what is called headless.
    """

    parts = True

    def log_message(self, *words):
        self.server.faults.asked.append((self.command, self.path))

    def do_HEAD(self):
        self._give(with_body=False)

    def do_GET(self):
        self._give(with_body=True)

    def _give(self, with_body):
        path = Path(self.translate_path(self.path))
        faults = self.server.faults
        if faults.take("troubles"):
            return self.send_error(503)
        if "private" in path.name:
            return self.send_error(403)
        if "headless" in path.name and not with_body:
            return self.send_error(405)
        if not path.is_file():
            return self.send_error(404)
        content = path.read_bytes()
        part = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", "")) if self.parts else None
        if part:
            content = content[int(part[1]) : int(part[2]) + 1]
        self.send_response(206 if part else 200)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Last-Modified", self.date_time_string(path.stat().st_mtime))
        self.end_headers()
        if with_body:
            self.wfile.write(content[: len(content) // 2] if faults.take("breaks") else content)
        return None


@contextmanager
def web_server(folder):
    """Give the files of a folder: yields the URL that it has, and Faults."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *words: Handler(*words, directory=str(folder)))
    server.faults = Faults()
    with _serving(server):
        yield f"http://127.0.0.1:{server.server_port}", server.faults


@contextmanager
def s3_server(folder):
    """Give the files of a folder from a public bucket, one called private to nobody: yields the endpoint and Faults."""
    import boto3
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    faults = Faults()
    moto = DomainDispatcherApplication(create_backend_app)

    class Quiet(WSGIRequestHandler):
        def log(self, *words):
            pass

    def application(environment, start):
        faults.asked.append((environment["REQUEST_METHOD"], environment["PATH_INFO"]))
        answer = moto(environment, start)
        if environment["REQUEST_METHOD"] == "GET" and faults.take("breaks"):
            content = b"".join(answer)
            return [content[: len(content) // 2]]
        return answer

    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
    with _serving(server):
        endpoint = f"http://127.0.0.1:{server.server_port}"
        keys = {"aws_access_key_id": "owner", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
        client = boto3.client("s3", endpoint_url=endpoint, **keys)
        client.create_bucket(Bucket=BUCKET, ACL="public-read")
        for path in Path(folder).iterdir():
            access = "private" if "private" in path.name else "public-read"
            client.put_object(Bucket=BUCKET, Key=f"data/{path.name}", Body=path.read_bytes(), ACL=access)
        faults.client = client
        yield endpoint, faults


@contextmanager
def _serving(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
