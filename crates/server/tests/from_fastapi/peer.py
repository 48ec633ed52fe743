"""Runs the Python programs of the page, and asks each what the page says that it answers."""
import json
import re
import sys
import warnings

warnings.simplefilter("ignore")

from fastapi.testclient import TestClient


def block(section, language):
    found = re.search(rf"```{language}\n(.*?)```", section, re.S)
    return found[1] if found else ""


def message(text):
    headers = []
    while found := re.match(r"\s*\(([\w-]+): ([^)]*)\)", text):
        headers.append((found[1], found[2]))
        text = text[found.end() :]
    return headers, text.strip()


def parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def differences(client, name, exchanges):
    token = ""
    for line in exchanges:
        request, answer = line.split(" → ", 1)
        method, path, rest = (request.split(" ", 2) + [""])[:3]
        headers, body = message(rest)
        if body:
            kind = "json" if body[0] in '{["' else "x-www-form-urlencoded"
            headers.append(("Content-Type", f"application/{kind}"))
        headers = [(header, value.replace("$token", token)) for header, value in headers]
        found = client.request(method, path, headers=headers, content=body or None, follow_redirects=False)
        made = parsed(found.text)
        if isinstance(made, dict):
            token = made.get("access_token", token)
        expected, text = message(answer[3:])
        fits = found.status_code == int(answer[:3]) and (not text or parsed(text) == made)
        if not fits or any(found.headers.get(header, "") != value for header, value in expected):
            yield f"{name}: {line}\n  but: {found.status_code} {dict(found.headers)} {found.text}"


programs, wrong = 0, []
with open(sys.argv[1], encoding="utf-8") as page:
    sections = page.read().split("\n## ")[1:]
for section in sections:
    name, program = section.splitlines()[0], block(section, "python")
    if not program:
        continue
    programs += 1
    names = {"__name__": "page"}
    exec(compile(program, name, "exec"), names)
    if exchanges := block(section, "http").splitlines():
        with TestClient(names["app"], raise_server_exceptions=False) as client:
            wrong.extend(differences(client, name, exchanges))
if wrong:
    print("\n".join(wrong))
    sys.exit(1)
print(f"{programs} programs answer as the page says")
