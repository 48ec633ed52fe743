"""A Django project whose users Portcullis shares. Reads one JSON request a line and answers each with one line."""

import json
import sys

import django
from django.conf import settings

database = json.loads(sys.argv[1])
iterations = database.pop("ITERATIONS", None)
if database["ENGINE"].endswith("mysql"):
    import pymysql

    pymysql.version_info = (2, 2, 7, "final", 0)
    pymysql.install_as_MySQLdb()

settings.configure(
    DATABASES={"default": database},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
    PASSWORD_HASHERS=[
        "__main__.OwnHasher" if iterations else "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
        "django.contrib.auth.hashers.ScryptPasswordHasher",
    ],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    SECRET_KEY="of a test",
    USE_TZ=True,
)
django.setup()

from django.contrib.auth import authenticate
from django.contrib.auth.hashers import PBKDF2PasswordHasher, get_hasher
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command


class OwnHasher(PBKDF2PasswordHasher):
    """The same at the cost of another version, or of the project's own choice."""

    iterations = iterations


def create(name, password, hasher="default", iterations=None):
    user = User(username=name, email=f"{name}@example.com", first_name=name.title(), last_name="Doe")
    if iterations:
        user.password = PBKDF2PasswordHasher().encode(password, "saltsaltsaltsaltsaltsa", iterations)
    else:
        chosen = get_hasher(hasher)
        user.password = chosen.encode(password, chosen.salt())
    user.save()
    return user.pk


def unusable(name):
    user = User(username=name)
    user.set_unusable_password()
    user.save()


def check(name, password):
    return authenticate(username=name, password=password) is not None


def change(name, password):
    user = User.objects.get(username=name)
    user.set_password(password)
    user.save()


def active(name, active):
    User.objects.filter(username=name).update(is_active=active)


def join(name, group, permission):
    found, _ = Group.objects.get_or_create(name=group)
    found.permissions.add(Permission.objects.get(codename=permission))
    User.objects.get(username=name).groups.add(found)


def stored(name):
    return User.objects.values_list("password", flat=True).get(username=name)


call_command("migrate", verbosity=0)
print("ready", flush=True)
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(globals()[request.pop("do")](**request)), flush=True)
