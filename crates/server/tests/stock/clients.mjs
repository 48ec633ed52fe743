// Log in, refresh, ask, revoke: openid-client and oauth4webapi as they are, against the server of the first argument.
import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import * as openid from "openid-client";

const [base, password, webSecret, svcSecret] = process.argv.slice(2);
const plain = { execute: [openid.allowInsecureRequests], algorithm: "oauth2" };
const login = { username: "admin", password, scope: "users:read" };

/** openid-client, told nothing but the issuer's name. */
function discovered(id, proof) {
  return openid.discovery(new URL(base), id, undefined, proof, plain);
}

async function refused(promise, error) {
  await assert.rejects(promise, (thrown) => thrown.error === error || assert.fail(thrown));
}

// openid-client: a secret in the header, then in the form.
const svc = await discovered("svc", openid.ClientSecretBasic(svcSecret));
const isActive = async (token) => (await openid.tokenIntrospection(svc, token)).active;
async function me(config, token) {
  return openid.fetchProtectedResource(config, token, new URL(`${base}/users/me/`), "GET");
}
for (const proof of [openid.ClientSecretBasic(webSecret), openid.ClientSecretPost(webSecret)]) {
  const web = await discovered("web", proof);
  const first = await openid.genericGrantRequest(web, "password", login);
  assert.equal(first.token_type, "bearer");
  assert.equal(first.scope, "users:read");
  assert.ok(first.expiresIn() > 0);
  assert.equal((await (await me(web, first.access_token)).json()).username, "admin");
  const second = await openid.refreshTokenGrant(web, first.refresh_token);
  const third = await openid.refreshTokenGrant(web, second.refresh_token, { scope: "users:read" });
  assert.equal(new Set([first, second, third].map((tokens) => tokens.refresh_token)).size, 3);
  await refused(openid.refreshTokenGrant(web, third.refresh_token, { scope: "users:write" }), "invalid_scope");
  assert.ok(await isActive(third.access_token));
  await openid.tokenRevocation(web, third.refresh_token, { token_type_hint: "refresh_token" });
  assert.ok(!(await isActive(third.access_token)));
  await refused(openid.refreshTokenGrant(web, third.refresh_token), "invalid_grant");
  await assert.rejects(me(web, third.access_token), openid.WWWAuthenticateChallengeError);
}
await refused(
  openid.genericGrantRequest(await discovered("web", openid.ClientSecretPost("wrong")), "password", login),
  "invalid_client",
);
// A challenge comes before the error in the body where the client tried by the header.
const wrong = await discovered("web", openid.ClientSecretBasic("wrong"));
await assert.rejects(openid.genericGrantRequest(wrong, "password", login), openid.WWWAuthenticateChallengeError);

// A page: nothing but its name.
const page = await discovered("page", openid.None());
const given = await openid.genericGrantRequest(page, "password", login);
await openid.tokenRevocation(page, (await openid.refreshTokenGrant(page, given.refresh_token)).refresh_token);
assert.ok(!(await isActive(given.access_token)));

// A machine for itself, by its secret.
const own = await openid.clientCredentialsGrant(svc, { scope: "users:read" });
assert.equal(own.scope, "users:read");
const told = await openid.tokenIntrospection(svc, own.access_token);
assert.deepEqual([told.sub, told.client_id, told.username], ["client:svc", "svc", undefined]);

// oauth4webapi: keys that the client makes, of which an administrator takes in the public half.
const insecure = { [oauth.allowInsecureRequests]: true };
const issuer = new URL(base);
const found = await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...insecure });
const as = await oauth.processDiscoveryResponse(issuer, found);
const all = { ...login, scope: "users:read clients:read clients:write" };
const admin = await openid.genericGrantRequest(await discovered("operator", openid.None()), "password", all);

for (const algorithm of ["Ed25519", "ES256", "RS256", "PS256"]) {
  const pair = await oauth.generateKeyPair(algorithm, { extractable: true });
  const { ext, key_ops, ...jwk } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const client = { client_id: `job-${algorithm}` };
  const added = await oauth.protectedResourceRequest(
    admin.access_token,
    "POST",
    new URL(`${base}/clients/`),
    new Headers({ "content-type": "application/json" }),
    JSON.stringify({ ...client, scopes: ["users:read"], public_key: JSON.stringify({ ...jwk, alg: algorithm }) }),
    insecure,
  );
  assert.equal(added.status, 201, await added.text());
  const proof = oauth.PrivateKeyJwt(pair.privateKey);
  const ask = (proof, options) =>
    oauth.clientCredentialsGrantRequest(as, client, proof, { scope: "users:read" }, { ...insecure, ...options });
  const token = await oauth.processClientCredentialsResponse(as, client, await ask(proof));
  const introspected = await oauth.introspectionRequest(as, client, proof, token.access_token, insecure);
  const told = await oauth.processIntrospectionResponse(as, client, introspected);
  assert.deepEqual([told.active, told.sub], [true, `client:job-${algorithm}`]);

  // An assertion is used once, and a key that nobody took in is none.
  const once = oauth.PrivateKeyJwt(pair.privateKey, {
    [oauth.modifyAssertion]: (_, payload) => Object.assign(payload, { jti: "the same" }),
  });
  await oauth.processClientCredentialsResponse(as, client, await ask(once));
  await refused(oauth.processClientCredentialsResponse(as, client, await ask(once)), "invalid_client");
  const stranger = await oauth.generateKeyPair(algorithm);
  const strange = await ask(oauth.PrivateKeyJwt(stranger.privateKey));
  await refused(oauth.processClientCredentialsResponse(as, client, strange), "invalid_client");

  const revoked = await oauth.revocationRequest(as, client, proof, token.access_token, insecure);
  await oauth.processRevocationResponse(revoked);
  const after = await oauth.introspectionRequest(as, client, proof, token.access_token, insecure);
  assert.deepEqual(await oauth.processIntrospectionResponse(as, client, after), { active: false });
}

// oauth4webapi: the life of a login.
const web = { client_id: "web" };
const basic = oauth.ClientSecretBasic(webSecret);
const asked = await oauth.genericTokenEndpointRequest(as, web, basic, "password", login, insecure);
const tokens = await oauth.processGenericTokenEndpointResponse(as, web, asked);
const again = await oauth.refreshTokenGrantRequest(as, web, basic, tokens.refresh_token, insecure);
const next = await oauth.processRefreshTokenResponse(as, web, again);
const ended = await oauth.revocationRequest(as, web, basic, next.refresh_token, insecure);
assert.equal(await oauth.processRevocationResponse(ended), undefined);
assert.ok(!(await isActive(next.access_token)));
console.log("good");
