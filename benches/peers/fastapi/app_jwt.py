"""The chapter's application on FastAPI: bcrypt through passlib, JWTs through python-jose.

The peer that our figures are compared with, and a reference for the recorded contract.
SECRET_KEY in the environment is the HS256 key, as text.
"""
import os
from datetime import datetime, timedelta, timezone
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from jose import JWTError, jwt
from passlib.context import CryptContext
from pydantic import BaseModel

ALGORITHM = "HS256"
LIFETIME = timedelta(minutes=30)
SECRET_KEY = os.environ["SECRET_KEY"]

fake_users_db = {
    "johndoe": {
        "username": "johndoe",
        "full_name": "John Doe",
        "email": "johndoe@example.com",
        "hashed_password": "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW",
        "disabled": False,
    },
}


class Token(BaseModel):
    access_token: str
    token_type: str


class User(BaseModel):
    username: str
    email: str | None = None
    full_name: str | None = None
    disabled: bool | None = None


class StoredUser(User):
    hashed_password: str


app = FastAPI()
bearer = OAuth2PasswordBearer(tokenUrl="token")
passwords = CryptContext(schemes=["bcrypt"], deprecated="auto")


def refusal(detail: str) -> HTTPException:
    return HTTPException(401, detail, headers={"WWW-Authenticate": "Bearer"})


def find(username: str | None) -> StoredUser | None:
    record = fake_users_db.get(username) if username is not None else None
    return StoredUser(**record) if record else None


async def current_user(token: Annotated[str, Depends(bearer)]) -> User:
    try:
        claims = jwt.decode(token, SECRET_KEY, algorithms=[ALGORITHM])
    except JWTError:
        raise refusal("Could not validate credentials") from None
    user = find(claims.get("sub"))
    if user is None:
        raise refusal("Could not validate credentials")
    return user


async def active_user(user: Annotated[User, Depends(current_user)]) -> User:
    if user.disabled:
        raise HTTPException(400, "Inactive user")
    return user


# `async`, as the chapter has it: the hash then runs on the event loop, which is what the second benchmark measures.
@app.post("/token")
async def login_for_access_token(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> Token:
    user = find(form.username)
    if user is None or not passwords.verify(form.password, user.hashed_password):
        raise refusal("Incorrect username or password")
    claims = {"sub": user.username, "exp": datetime.now(timezone.utc) + LIFETIME}
    return Token(access_token=jwt.encode(claims, SECRET_KEY, algorithm=ALGORITHM), token_type="bearer")


@app.get("/users/me/", response_model=User)
async def read_users_me(user: Annotated[User, Depends(active_user)]):
    return user


@app.get("/users/me/items/")
async def read_own_items(user: Annotated[User, Depends(active_user)]):
    return [{"item_id": "Foo", "owner": user.username}]
