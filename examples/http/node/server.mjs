// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An HTTP server in Node over a waPC guest in a .so.   node server.mjs GUEST.so OPERATION [PORT]
import { createServer } from "node:http";
import { decode, encode } from "@msgpack/msgpack";
import { Guests } from "./wapc.mjs";

const [path, operation, port = "8080"] = process.argv.slice(2);
const MAX_BODY = 65536;
const guests = new Guests(path, 5000);

class BadRequest extends Error {}

async function body(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > MAX_BODY) throw new BadRequest("the body is too large");
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

// A body NAME=VALUE, or ?key=JSON.
function question(url, text) {
  const form = [...new URLSearchParams(text.trim())];
  if (text.includes("=")) return Object.fromEntries(form);
  const key = new URL(url, "http://localhost").searchParams.get("key");
  if (text || !key) throw new BadRequest("neither NAME=VALUE nor ?key=JSON");
  try {
    return JSON.parse(key);
  } catch (error) {
    throw new BadRequest(error.message);
  }
}

async function answer(request) {
  if (request.url === "/healthz") return "ok";
  const payload = encode(question(request.url, await body(request)));
  return `result=${decode(guests.call(operation, payload))}`;
}

const server = createServer(async (request, response) => {
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  try {
    response.end(await answer(request));
  } catch (error) {
    response.statusCode = error instanceof BadRequest ? 400 : 500;
    response.end(`${error.message}\n`);
  }
});
server.requestTimeout = 30000;
server.listen(Number(port), () => console.error(`on port ${port}`));
for (const signal of ["SIGTERM", "SIGINT"])
  process.on(signal, () => server.close(() => process.exit(0)));
