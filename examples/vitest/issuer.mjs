// Starts an issuer of tokens for tests. It ends with the pipe to its standard input, and so with this program, however that ends.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const ARGUMENTS = [
  "test-server",
  "--json",
  "--audience=https://items.example.com",
  "--user=alice:items:read,items:write",
  "--user=bob:items:read",
];

export async function startIssuer() {
  const server = spawn(process.env.PORTCULLIS ?? "portcullis", ARGUMENTS, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: server.stdout });
  const [line] = await once(lines, "line");
  const ended = once(server, "exit");
  return {
    issuer: JSON.parse(line),
    async stop() {
      server.stdin.end();
      await ended;
    },
  };
}
