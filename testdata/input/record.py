"""What FastAPI answers to input that is not good: `python record.py > cases.json`."""
import base64
import json
from enum import Enum
from typing import Annotated

from fastapi import FastAPI, Path, Query
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict, Field

app = FastAPI()


class Color(str, Enum):
    red = "red"
    green = "green"
    blue = "blue"


class Maker(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    year: Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]


class Item(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=10)]
    price: Annotated[float, Field(ge=0.5, lt=1000)]
    count: Annotated[int, Field(ge=0, le=255)] = 1
    color: Color = Color.red
    tags: Annotated[list[str], Field(max_length=3)] = []
    maker: Maker | None = None
    labels: dict[str, int] = {}
    active: bool = False
    code: Annotated[str | None, Field(pattern="^[A-Z]{3}$")] = None


class Login(BaseModel):
    username: str
    password: Annotated[str, Field(min_length=8)]


class Search(BaseModel):
    q: str
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    ratio: float | None = None
    deep: bool = False
    color: Color | None = None
    tag: list[str] = []
    ids: list[int] = []


@app.post("/items")
async def create(item: Item) -> Item:
    return item


@app.post("/logins")
async def login(login: Login) -> str:
    return login.username


@app.post("/numbers")
async def numbers(numbers: list[int]) -> list[int]:
    return numbers


@app.post("/maybe")
async def maybe(maker: Maker | None = None) -> Maker | None:
    return maker


@app.get("/search")
async def search(search: Annotated[Search, Query()]) -> Search:
    return search


@app.get("/items/{item_id}")
async def read(item_id: Annotated[int, Path(ge=0, le=2**32 - 1)]) -> int:
    return item_id


@app.get("/pairs/{number}/{color}")
async def pair(number: int, color: Color) -> tuple[int, Color]:
    return number, color


@app.get("/flags/{flag}/{weight}")
async def flag(flag: bool, weight: float) -> tuple[bool, float]:
    return flag, weight


client = TestClient(app, raise_server_exceptions=False)
GOOD = {"name": "Foo", "price": 1.5}


def ask(name, method, path, body=None, content_type="application/json"):
    headers = {"content-type": content_type} if content_type else {}
    if isinstance(body, dict | list):
        body = json.dumps(body, ensure_ascii=False)
    content = body.encode() if isinstance(body, str) else body
    answer = client.request(method, path, content=content, headers=headers)
    try:
        said = answer.json()
    except ValueError:
        said = answer.text
    case = {"id": name, "method": method, "path": path, "content_type": content_type if body is not None else None}
    if isinstance(body, bytes):
        case["body_b64"] = base64.b64encode(body).decode()
    elif body is not None:
        case["body"] = body
    return {**case, "status": answer.status_code, "answer": said}


def post(name, body, **more):
    return ask(name, "POST", "/items", body, **more)


def item(name, /, **members):
    return post(name, {**GOOD, **members})


def get(name, path):
    return ask(name, "GET", path)


CASES = [
    # Refusals of a body as a whole.
    post("body/absent", None),
    post("body/empty", ""),
    post("body/null", "null"),
    post("body/list", "[1]"),
    post("body/text", '"Foo"'),
    post("body/number", "5"),
    post("body/not-utf8", b'{"name": "\xff", "price": 1}'),
    post("body/type-absent", GOOD, content_type=None),
    post("body/type-text", GOOD, content_type="text/plain"),
    post("body/type-form", "name=Foo&price=1", content_type="application/x-www-form-urlencoded"),
    post("body/type-suffix", GOOD, content_type="application/vnd.item+json"),
    post("body/type-charset", GOOD, content_type="Application/JSON; charset=utf-8"),
    post("json/word", "{x"),
    post("json/eof", '{"name": "Foo"'),
    post("json/eof-value", '{"name": '),
    post("json/eof-string", '{"name": "Fo'),
    post("json/single-quotes", "{'name': 1}"),
    post("json/trailing-comma", '{"name": "Foo",}'),
    post("json/trailing-comma-list", '{"tags": ["a",]}'),
    post("json/no-comma", '{"name": "Foo" "price": 1}'),
    post("json/no-colon", '{"name" "Foo"}'),
    post("json/extra", '{"name": "Foo", "price": 1} x'),
    post("json/control", '{"name": "F\no"}'),
    post("json/escape", '{"name": "F\\xo"}'),
    post("json/umlaut", '{"näme": ü}'),
    post("json/lines", '{\n  "name": "Foo",\n  "price": x\n}'),
    post("json/garbage", "name=Foo"),
    post("json/nan", '{"name": "Foo", "price": NaN}'),
    # Members.
    post("missing/one", {"name": "Foo"}),
    post("missing/all", {}),
    item("missing/inner", maker={"year": 1}),
    item("type/string-number", name=5),
    item("type/string-null", name=None),
    item("type/string-list", name=["a"]),
    item("type/float-text", price="dear"),
    item("type/float-list", price=[]),
    item("type/int-text", count="many"),
    item("type/int-fraction", count=1.5),
    item("type/int-list", count=[]),
    item("type/int-null", count=None),
    item("type/bool-text", active="perhaps"),
    item("type/bool-number", active=2),
    item("type/bool-list", active=[]),
    item("type/list-text", tags="a"),
    item("type/list-object", tags={"a": 1}),
    item("type/list-item", tags=["a", 2]),
    item("type/object-text", maker="x"),
    item("type/object-inner", maker={"name": 1, "year": "x"}),
    item("type/dict-list", labels=[]),
    item("type/dict-value", labels={"a": "x"}),
    item("extra/forbidden", maker={"name": "a", "year": 1, "x": True}),
    item("enum/unknown", color="mauve"),
    item("enum/number", color=3),
    item("range/low", price=0.25),
    item("range/high", price=1000),
    item("range/byte", count=256),
    item("range/negative", count=-1),
    item("range/int32", maker={"name": "a", "year": 2147483648}),
    item("range/huge", count=100000000000000000000000),
    item("length/short", name=""),
    item("length/long", name="12345678901"),
    item("length/list", tags=["a", "b", "c", "d"]),
    item("pattern", code="abc"),
    post("several", {"name": 1, "price": "x", "count": 300, "color": "x"}),
    ask("array/item", "POST", "/numbers", "[1, \"x\", null]"),
    ask("array/object", "POST", "/numbers", "{}"),
    ask("optional/absent", "POST", "/maybe"),
    ask("optional/null", "POST", "/maybe", "null"),
    ask("optional/wrong", "POST", "/maybe", "{}"),
    ask("secret/missing", "POST", "/logins", {"pasword": "hunter2hunter2", "username": "a"}),
    ask("secret/short", "POST", "/logins", {"username": "a", "password": "hunter2"}),
    ask("secret/type", "POST", "/logins", {"username": "a", "password": ["hunter2"]}),
    # What pydantic converts.
    item("lax/int-text", count=" 5 "),
    item("lax/int-float", count=5.0),
    item("lax/int-bool", count=True),
    item("lax/int-underscore", count="1_0"),
    item("lax/float-text", price="5.5"),
    item("lax/float-int", price=5),
    item("lax/float-bool", price=True),
    item("lax/bool-text", active="yes"),
    item("lax/bool-number", active=1),
    ask("lax/duplicate-member", "POST", "/items", '{"name": "Foo", "name": "Bar", "price": 1}'),
    # The query.
    get("query/missing", "/search"),
    get("query/missing-with-others", "/search?limit=5&x=1"),
    get("query/empty-text", "/search?q="),
    get("query/int", "/search?q=a&limit=x"),
    get("query/int-empty", "/search?q=a&limit="),
    get("query/int-fraction", "/search?q=a&limit=1.5"),
    get("query/int-whole", "/search?q=a&limit=5.0"),
    get("query/int-spaces", "/search?q=a&limit=%205"),
    get("query/int-plus", "/search?q=a&limit=%2B5"),
    get("query/int-underscore", "/search?q=a&limit=1_0"),
    get("query/int-low", "/search?q=a&limit=0"),
    get("query/int-high", "/search?q=a&limit=101"),
    get("query/float", "/search?q=a&ratio=x"),
    get("query/float-empty", "/search?q=a&ratio="),
    get("query/float-exponent", "/search?q=a&ratio=1e3"),
    get("query/bool", "/search?q=a&deep=perhaps"),
    get("query/bool-words", "/search?q=a&deep=ON"),
    get("query/enum", "/search?q=a&color=mauve"),
    get("query/list", "/search?q=a&tag=x&tag=y"),
    get("query/list-item", "/search?q=a&ids=1&ids=x"),
    get("query/twice", "/search?q=a&q=b"),
    get("query/not-utf8", "/search?q=%FF"),
    get("query/unknown", "/search?q=a&unknown=1"),
    get("query/several", "/search?limit=x&deep=x"),
    # The path.
    get("path/int", "/items/x"),
    get("path/int-negative", "/items/-1"),
    get("path/int-high", "/items/4294967296"),
    get("path/int-fraction", "/items/1.5"),
    get("path/int-huge", "/items/100000000000000000000000"),
    get("path/pair-both", "/pairs/x/mauve"),
    get("path/pair-enum", "/pairs/1/mauve"),
    get("path/pair-good", "/pairs/1/red"),
    get("path/bool", "/flags/perhaps/1"),
    get("path/float", "/flags/true/x"),
    get("path/flags-good", "/flags/yes/1e2"),
    get("path/escaped", "/pairs/%31/re%64"),
]
print("[\n" + ",\n".join(json.dumps(case, ensure_ascii=False) for case in CASES) + "\n]")
