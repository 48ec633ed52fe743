"""One issuer for all tests, and an API that trusts it."""

import json
import os
import subprocess
import threading

import pytest
from api import Api

COMMAND = [
    os.environ.get("PORTCULLIS", "portcullis"),
    "test-server",
    "--json",
    "--audience=https://items.example.com",
    "--user=alice:items:read,items:write",
    "--user=bob:items:read",
]


@pytest.fixture(scope="session")
def issuer():
    # It ends with the pipe to its standard input, and so with this program, however that ends.
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(COMMAND, text=True, **pipes) as server:
        yield json.loads(server.stdout.readline())
        server.stdin.close()


@pytest.fixture
def api(issuer):
    with Api(issuer) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/items"
        server.shutdown()
