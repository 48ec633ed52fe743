"""A Flask application with Flask-Security whose users Portcullis shares. One JSON request a line, one answer a line."""

import json
import sys

from flask import Flask
from flask_security import Security, SQLAlchemyUserDatastore, hash_password, verify_and_update_password
from flask_security.models import fsqla_v3
from flask_sqlalchemy import SQLAlchemy

argument = json.loads(sys.argv[1])
app = Flask(__name__)
app.config.update(
    SECRET_KEY="of a test",
    SECURITY_PASSWORD_SALT=argument["salt"],
    SQLALCHEMY_DATABASE_URI=argument["database"],
    SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
)
database = SQLAlchemy(app)
fsqla_v3.FsModels.set_db_info(database)


class Role(database.Model, fsqla_v3.FsRoleMixin):
    pass


class User(database.Model, fsqla_v3.FsUserMixin):
    pass


store = SQLAlchemyUserDatastore(database, User, Role)
security = Security(app, store)


def create(name, password, role=None):
    user = store.create_user(email=f"{name}@example.com", password=hash_password(password))
    if role:
        store.add_role_to_user(user, store.find_or_create_role(role))
    store.commit()


def set_stored(name, stored):
    find(name).password = stored
    store.commit()


def find(name):
    database.session.expire_all()
    return store.find_user(email=f"{name}@example.com")


def check(name, password):
    user = find(name)
    return bool(user.active and verify_and_update_password(password, user))


def change(name, password):
    find(name).password = hash_password(password)
    store.commit()


def active(name, active):
    find(name).active = active
    store.commit()


def stored(name):
    return find(name).password


with app.app_context():
    database.create_all()
    print("ready", flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        answer = globals()[request.pop("do")](**request)
        database.session.commit()
        print(json.dumps(answer), flush=True)
