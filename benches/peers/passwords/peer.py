"""What one verify costs in C: asked line by line, so that the bench can take turns with it.

A question is "NAME COUNT STORED", an answer the nanoseconds of processor time that one verify of STORED took, the mean
of COUNT. "NAME" alone asks for the version. What cannot be had is answered with "missing: " and the reason.
"""

import ctypes
import hashlib
import ssl
import sys
import time
from base64 import b64decode

PASSWORD = b"correct horse battery staple"


def base64(text):
    text = text.replace(".", "+")
    return b64decode(text + "=" * (-len(text) % 4))


def openssl(stored):
    """A function that computes hash and comparison anew, for passlib's and PHC's notations."""
    _, name, cost, salt, digest = stored.split("$")
    salt, digest = base64(salt), base64(digest)
    if name == "scrypt":
        log_n, r, p = (int(field.split("=")[1]) for field in cost.split(","))
        memory = 2 * 128 * r * (1 << log_n)
        return lambda: hashlib.scrypt(
            PASSWORD, salt=salt, n=1 << log_n, r=r, p=p, maxmem=memory, dklen=len(digest)
        ) == digest
    name = name.removeprefix("pbkdf2-")
    return lambda: hashlib.pbkdf2_hmac(name, PASSWORD, salt, int(cost), len(digest)) == digest


def wheel(stored):
    import bcrypt

    return lambda: bcrypt.checkpw(PASSWORD, stored.encode())


def argon2_cffi(stored):
    from argon2.low_level import Type, verify_secret

    stored = stored.encode()
    return lambda: verify_secret(stored, PASSWORD, Type.ID)


def library():
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    library.crypt.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
    return library


def libxcrypt(stored):
    crypt, stored = library().crypt, stored.encode()
    return lambda: crypt(PASSWORD, stored) == stored


def version(name):
    if name == "openssl":
        return ssl.OPENSSL_VERSION
    if name == "libxcrypt":
        library()
        return "libxcrypt, by libcrypt.so.1"
    from importlib.metadata import version

    package = {"wheel": "bcrypt", "argon2-cffi": "argon2-cffi"}[name]
    __import__(package.removesuffix("-cffi"))
    return f"{package} {version(package)}"


PEERS = {"openssl": openssl, "wheel": wheel, "argon2-cffi": argon2_cffi, "libxcrypt": libxcrypt}


def answer(question):
    name, *rest = question.split()
    if not rest:
        return version(name)
    count, stored = rest
    count, verify = int(count), PEERS[name](stored)
    start = time.process_time_ns()
    right = all([verify() for _ in range(count)])
    spent = time.process_time_ns() - start
    return spent // count if right else f"missing: {name} does not verify what we made"


for question in sys.stdin:
    try:
        print(answer(question), flush=True)
    except Exception as error:
        print(f"missing: {error!r}", flush=True)
