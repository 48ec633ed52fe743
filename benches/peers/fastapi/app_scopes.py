"""The sequel's application on FastAPI: scopes, Argon2 through pwdlib, JWTs through PyJWT.

SECRET_KEY in the environment is the HS256 key, as text.
"""
import os
from datetime import datetime, timedelta, timezone
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException, Security
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm, SecurityScopes
from pwdlib import PasswordHash
from pydantic import BaseModel, ValidationError

ALGORITHM = "HS256"
LIFETIME = timedelta(minutes=30)
SECRET_KEY = os.environ["SECRET_KEY"]

passwords = PasswordHash.recommended()
# Hashed at the start, so that the parameters are those of the installed pwdlib.
DECOY = passwords.hash("nobody's password")
fake_users_db = {
    "johndoe": {
        "username": "johndoe",
        "full_name": "John Doe",
        "email": "johndoe@example.com",
        "hashed_password": passwords.hash("secret"),
        "disabled": False,
    },
    "alice": {
        "username": "alice",
        "full_name": "Alice Chains",
        "email": "alicechains@example.com",
        "hashed_password": passwords.hash("secretalice"),
        "disabled": True,
    },
}


class Token(BaseModel):
    access_token: str
    token_type: str


class Claims(BaseModel):
    sub: str
    scopes: list[str] = []


class User(BaseModel):
    username: str
    email: str | None = None
    full_name: str | None = None
    disabled: bool | None = None


class StoredUser(User):
    hashed_password: str


app = FastAPI()
bearer = OAuth2PasswordBearer(
    tokenUrl="token",
    scopes={"me": "Read information about the current user.", "items": "Read items."},
)


def find(username: str) -> StoredUser | None:
    record = fake_users_db.get(username)
    return StoredUser(**record) if record else None


async def current_user(asked: SecurityScopes, token: Annotated[str, Depends(bearer)]) -> User:
    challenge = f'Bearer scope="{asked.scope_str}"' if asked.scopes else "Bearer"

    def refusal(detail: str) -> HTTPException:
        return HTTPException(401, detail, headers={"WWW-Authenticate": challenge})

    try:
        raw = jwt.decode(token, SECRET_KEY, algorithms=[ALGORITHM])
        claims = Claims(sub=raw.get("sub"), scopes=raw.get("scope", "").split(" "))
    except (jwt.InvalidTokenError, ValidationError):
        raise refusal("Could not validate credentials") from None
    user = find(claims.sub)
    if user is None:
        raise refusal("Could not validate credentials")
    if any(scope not in claims.scopes for scope in asked.scopes):
        raise refusal("Not enough permissions")
    return user


async def active_user(user: Annotated[User, Security(current_user, scopes=["me"])]) -> User:
    if user.disabled:
        raise HTTPException(400, "Inactive user")
    return user


@app.post("/token")
async def login_for_access_token(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> Token:
    user = find(form.username)
    good = passwords.verify(form.password, user.hashed_password if user else DECOY)
    if user is None or not good:
        raise HTTPException(400, "Incorrect username or password")
    claims = {
        "sub": user.username,
        "scope": " ".join(form.scopes),
        "exp": datetime.now(timezone.utc) + LIFETIME,
    }
    return Token(access_token=jwt.encode(claims, SECRET_KEY, algorithm=ALGORITHM), token_type="bearer")


@app.get("/users/me/")
async def read_users_me(user: Annotated[User, Depends(active_user)]) -> User:
    return user


@app.get("/users/me/items/")
async def read_own_items(user: Annotated[User, Security(active_user, scopes=["items"])]):
    return [{"item_id": "Foo", "owner": user.username}]


@app.get("/status/")
async def read_system_status(user: Annotated[User, Depends(current_user)]):
    return {"status": "ok"}
