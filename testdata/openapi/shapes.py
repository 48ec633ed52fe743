"""Every kind of parameter, body and answer, on FastAPI: `python shapes.py > shapes.json`."""
import json
from enum import Enum
from typing import Annotated, Any

from fastapi import FastAPI, Header, Query
from fastapi.responses import HTMLResponse, PlainTextResponse
from pydantic import BaseModel, Field

app = FastAPI(title="Shapes", version="2.0", description="All kinds of shapes.")


class Color(str, Enum):
    red = "red"
    green = "green"


class Part(BaseModel):
    name: str
    weight: float | None = None


class Thing(BaseModel):
    """A thing."""

    thing_id: int
    full_name: str
    color: Color
    spare: Color | None = None
    parts: list[Part]
    main: Part | None = None
    labels: dict[str, str]
    extra: Any = None
    price: Annotated[float, Field(ge=0.5)] = 1.5
    tags: list[str] | None = None


class Filter(BaseModel):
    limit: int = 100
    offset: int | None = None
    q: str


@app.get("/things/{thing_id}")
async def read_thing(thing_id: int, q: str | None = None, limit: int = 10) -> Thing: ...


@app.get("/things/")
async def list_things(filter: Annotated[Filter, Query()]) -> list[Thing]: ...


@app.post("/things/", status_code=201)
async def create_thing(thing: Thing) -> Thing: ...


@app.put("/things/{thing_id}/parts/{part}")
async def put_part(thing_id: int, part: str, body: Part) -> Part | None: ...


@app.delete("/things/{thing_id}", status_code=204)
async def delete_thing(thing_id: int) -> None: ...


@app.get("/page", response_class=HTMLResponse)
async def page(): ...


@app.get("/plain", response_class=PlainTextResponse)
async def plain(): ...


@app.get("/files/{path:path}", tags=["files"], summary="A file", description="Reads it.", deprecated=True)
async def read_file(path: str, x_token: Annotated[str, Header()]) -> dict[str, int]: ...


@app.get("/count")
async def count() -> int: ...


print(json.dumps(app.openapi(), indent=2))
