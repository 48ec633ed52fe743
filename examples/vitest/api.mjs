// A small API behind access tokens: GET /items needs the scope items:read, POST /items needs items:write.
//
// Who may read is told by the token alone, with the public keys of its issuer. Before something is written the issuer is asked
// whether the token is still good (RFC 7662): it may have ended before its time.

import { createServer } from "node:http";
import { createRemoteJWKSet, jwtVerify } from "jose";

class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export function api(issuer) {
  const keys = createRemoteJWKSet(new URL(issuer.jwks_uri));
  const items = [];

  async function claims(token) {
    if (!token) throw new Refused(401, "Not authenticated");
    const rules = {
      algorithms: [issuer.algorithm],
      audience: issuer.audience,
      issuer: issuer.issuer,
      requiredClaims: ["exp", "iat", "sub"],
    };
    try {
      return (await jwtVerify(token, keys, rules)).payload;
    } catch (error) {
      throw new Refused(401, error.message);
    }
  }

  async function expectAlive(token) {
    const { client_id, client_secret } = issuer.client;
    const headers = { authorization: "Basic " + Buffer.from(`${client_id}:${client_secret}`).toString("base64") };
    const body = new URLSearchParams({ token });
    const answer = await fetch(issuer.introspection_endpoint, { method: "POST", headers, body });
    if (!(await answer.json()).active) throw new Refused(401, "The token has ended");
  }

  async function answer(request) {
    const token = request.headers.authorization?.match(/^Bearer (.+)$/)?.[1];
    const writes = request.method === "POST";
    const said = await claims(token);
    const needed = writes ? "items:write" : "items:read";
    if (!(said.scope ?? "").split(" ").includes(needed)) throw new Refused(403, `needs ${needed}`);
    if (writes) {
      await expectAlive(token);
      items.push(said.sub);
    }
    return items;
  }

  return createServer(async (request, response) => {
    try {
      response.end(JSON.stringify(await answer(request)));
    } catch (refused) {
      const headers = refused.status === 401 ? { "www-authenticate": "Bearer" } : {};
      response.writeHead(refused.status ?? 500, headers).end(JSON.stringify(refused.message));
    }
  });
}
