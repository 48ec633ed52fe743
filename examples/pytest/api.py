"""A small API behind access tokens: GET /items needs the scope items:read, POST /items needs items:write.

Who may read is told by the token alone, with the public keys of its issuer. Before something is written the issuer is asked
whether the token is still good (RFC 7662): it may have ended before its time.
"""

import base64
import json
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt


class Refused(Exception):
    """The status, and what is wrong."""


class Api(ThreadingHTTPServer):
    def __init__(self, issuer):
        super().__init__(("127.0.0.1", 0), Handler)
        self.issuer = issuer
        self.keys = jwt.PyJWKClient(issuer["jwks_uri"])
        self.items = []

    def claims(self, header):
        """What a token says that was made for us and has not expired."""
        if header is None or not header.startswith("Bearer "):
            raise Refused(401, "Not authenticated")
        token = header.removeprefix("Bearer ")
        try:
            key = self.keys.get_signing_key_from_jwt(token)
            return jwt.decode(
                token,
                key,
                algorithms=[self.issuer["algorithm"]],
                audience=self.issuer["audience"],
                issuer=self.issuer["issuer"],
                options={"require": ["exp", "iat", "sub"]},
            )
        except (jwt.PyJWTError, jwt.PyJWKClientError) as error:
            raise Refused(401, str(error)) from error

    def expect_scope(self, claims, scope):
        if scope not in claims.get("scope", "").split():
            raise Refused(403, f"needs {scope}")

    def expect_alive(self, header):
        """The issuer still knows the token as good."""
        client = self.issuer["client"]
        shown = base64.b64encode(f"{client['client_id']}:{client['client_secret']}".encode()).decode()
        form = urllib.parse.urlencode({"token": header.removeprefix("Bearer ")}).encode()
        request = urllib.request.Request(self.issuer["introspection_endpoint"], form, {"Authorization": f"Basic {shown}"})
        with urllib.request.urlopen(request) as answer:
            if not json.load(answer)["active"]:
                raise Refused(401, "The token has ended")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer("items:read", lambda header, claims: self.server.items)

    def do_POST(self):
        def add(header, claims):
            self.server.expect_alive(header)
            self.server.items.append(claims["sub"])
            return self.server.items

        self.answer("items:write", add)

    def answer(self, scope, handle):
        header = self.headers.get("Authorization")
        try:
            claims = self.server.claims(header)
            self.server.expect_scope(claims, scope)
            status, body = 200, handle(header, claims)
        except Refused as refused:
            status, body = refused.args
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_):
        pass
