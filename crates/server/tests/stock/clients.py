"""Log in, refresh, ask, revoke: requests-oauthlib and Authlib as they are, against the server of the first argument."""

import os
import sys

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
from authlib.integrations.requests_client import OAuth2Session as Authlib
from oauthlib.oauth2 import BackendApplicationClient, InvalidGrantError, LegacyApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

base, password, web_secret, svc_secret = sys.argv[1:]
token, me = base + "/token", base + "/users/me/"
svc = HTTPBasicAuth("svc", svc_secret)


def is_active(text):
    return Authlib("svc", svc_secret).introspect_token(base + "/introspect", token=text).json()["active"]


# oauthlib: the secret in the form, then in the header.
session = OAuth2Session(client=LegacyApplicationClient(client_id="web", scope=["users:read"]))
first = session.fetch_token(token, username="admin", password=password, client_id="web", client_secret=web_secret)
assert first["token_type"] == "bearer" and first["scope"] == ["users:read"], first
assert session.get(me).json()["username"] == "admin"
used = first["refresh_token"]
second = session.refresh_token(token, client_id="web", client_secret=web_secret)["refresh_token"]
third = session.refresh_token(token, auth=HTTPBasicAuth("web", web_secret))
assert len({used, second, third["refresh_token"]}) == 3
assert session.get(me).status_code == 200 and is_active(third["access_token"])
try:
    session.refresh_token(token, refresh_token=used, client_id="web", client_secret=web_secret)
    sys.exit("a refresh token was taken again after its successor was used")
except InvalidGrantError:
    pass
assert session.get(me).status_code == 401 and not is_active(third["access_token"])

# A machine for itself.
machine = OAuth2Session(client=BackendApplicationClient(client_id="svc", scope=["users:read"]))
assert machine.fetch_token(token, auth=svc)["scope"] == ["users:read"]

# Authlib: log in, refresh, revoke.
session = Authlib("web", web_secret, scope="users:read")
first = session.fetch_token(token, grant_type="password", username="admin", password=password)
assert session.get(me).json()["username"] == "admin"
second = session.refresh_token(token, refresh_token=first["refresh_token"])
assert is_active(second["access_token"])
revoked = session.revoke_token(base + "/revoke", token=second["refresh_token"], token_type_hint="refresh_token")
assert revoked.status_code == 200 and not is_active(second["access_token"])
print("good")
