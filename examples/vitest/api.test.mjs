import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startIssuer } from "./issuer.mjs";
import { api } from "./api.mjs";

let started, issuer, server, url;

beforeAll(async () => {
  started = await startIssuer();
  issuer = started.issuer;
  server = api(issuer).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${server.address().port}/items`;
});

afterAll(async () => {
  server.close();
  await started.stop();
});

async function ask(method, token) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return (await fetch(url, { method, headers })).status;
}

test("whoever may read reads and whoever may write writes", async () => {
  const { alice, bob } = issuer.users;
  expect(await ask("GET", alice.token)).toBe(200);
  expect(await ask("POST", alice.token)).toBe(200);
  expect(await ask("GET", bob.token)).toBe(200);
  expect(await ask("POST", bob.token)).toBe(403);
});

test("a token does what it was made for and no more", async () => {
  const { tokens } = issuer.users.alice;
  expect(await ask("GET", tokens["items:read"])).toBe(200);
  expect(await ask("POST", tokens["items:read"])).toBe(403);
  expect(await ask("GET", tokens[""])).toBe(403);
});

test("nobody and every token that is no good is refused", async () => {
  expect(await ask("GET")).toBe(401);
  for (const [name, token] of Object.entries(issuer.refused)) {
    expect(await ask("GET", token), name).toBe(401);
    expect(await ask("POST", token), name).toBe(401);
  }
});

test("what only the issuer knows to have ended writes nothing", async () => {
  for (const [name, token] of Object.entries(issuer.ended)) {
    expect(await ask("POST", token), name).toBe(401);
  }
});
