// A receiver of webhooks that verifies with the JavaScript library of Standard Webhooks: 204, or 401 and why not.
// Its secret is the only argument; the port it listens on is the first line that it prints.

import http from "node:http";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.argv[2]);

const server = http.createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  try {
    webhook.verify(Buffer.concat(parts).toString("utf-8"), request.headers);
    response.writeHead(204).end();
  } catch (error) {
    response.writeHead(401, { "content-type": "text/plain" }).end(String(error.message));
  }
});

server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit()).resume();
