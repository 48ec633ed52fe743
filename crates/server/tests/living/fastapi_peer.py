"""A FastAPI application with FastAPI-Users whose users Portcullis shares. One JSON request a line, one answer a line."""

import asyncio
import json
import sys

from fastapi.security import OAuth2PasswordRequestForm
from fastapi_users import BaseUserManager, UUIDIDMixin
from fastapi_users.db import SQLAlchemyBaseUserTableUUID, SQLAlchemyUserDatabase
from pwdlib import PasswordHash
from pwdlib.hashers.bcrypt import BcryptHasher
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass


class User(SQLAlchemyBaseUserTableUUID, Base):
    pass


class Users(UUIDIDMixin, BaseUserManager[User, str]):
    pass


engine = create_async_engine(json.loads(sys.argv[1])["database"])
sessions = async_sessionmaker(engine, expire_on_commit=False)


def email(name):
    return f"{name}@Example.com"


async def create(users, name, password, superuser=False):
    hashed = users.password_helper.hash(password)
    await users.user_db.create({"email": email(name), "hashed_password": hashed, "is_superuser": superuser})


async def older(users, name, password):
    """As version 12 stored it."""
    hashed = PasswordHash((BcryptHasher(rounds=4),)).hash(password)
    await users.user_db.update(await users.get_by_email(email(name)), {"hashed_password": hashed})


async def check(users, name, password):
    form = OAuth2PasswordRequestForm(username=email(name), password=password)
    user = await users.authenticate(form)
    return user is not None and user.is_active


async def change(users, name, password):
    hashed = users.password_helper.hash(password)
    await users.user_db.update(await users.get_by_email(email(name)), {"hashed_password": hashed})


async def active(users, name, active):
    await users.user_db.update(await users.get_by_email(email(name)), {"is_active": active})


async def stored(users, name):
    return (await users.get_by_email(email(name))).hashed_password


async def answer(request):
    async with sessions() as session:
        users = Users(SQLAlchemyUserDatabase(session, User))
        return await globals()[request.pop("do")](users, **request)


async def main():
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await answer(json.loads(line))), flush=True)


asyncio.run(main())
