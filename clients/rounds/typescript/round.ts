/** One round with the generated types: session, sync, and a refusal. Reads `Hall.handed_over` from standard input. */
import { readFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { paths } from "../../../build/clients/typescript/hallway.js";
import { answerMessage } from "../../typescript/src/core/answer.js";
import { b64, unb64 } from "../../typescript/src/core/base64url.js";
import { sessionMessage } from "../../typescript/src/core/session.js";
import { sign, verify } from "../../typescript/src/core/signing.js";

type Given = { address: string; programme: string; server_key: string; device: string; seed: string; start: string; position: number; head: string };

function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

const given = JSON.parse(readFileSync(0, "utf8")) as Given;
const { address, programme } = given;
const stranger = createClient<paths>({ baseUrl: address });

const { data: begun } = await stranger.POST("/v1/challenges");
must(begun !== undefined, "no challenge");
const message = sessionMessage(address, unb64(begun.challenge), unb64(given.device));
const signature = b64(sign(unb64(given.seed), "session", message));
const { data: session } = await stranger.POST("/v1/sessions", {
  body: { principal: given.device, challenge: begun.challenge, signature },
});
must(session?.programme === programme, "no session");

const client = createClient<paths>({ baseUrl: address, headers: { authorization: `Bearer ${session.token}` } });
const challenge = crypto.getRandomValues(new Uint8Array(32));
const cursor = { position: 0, head: given.start };
const { data: answer } = await client.POST("/v1/sync", {
  body: { challenge: b64(challenge), logs: [{ log: programme, cursor, entries: [], own: true }], keys: [], wraps: [] },
});
const log = answer?.logs[0];
must(answer !== undefined && log !== undefined, "no answer");
const head = { position: log.head.position, head: unb64(log.head.head) };
const said = { log: unb64(log.log), asked: { position: 0, head: unb64(given.start) }, head, known: log.known };
const signed = answerMessage({ programme: unb64(programme), challenge, day: answer.day, logs: [said] });
verify(unb64(given.server_key), "answer", signed, unb64(answer.signature));
must(log.head.position === given.position && log.head.head === given.head, "another head");
must(log.entries.every((entry, place) => entry.position === place + 1 && entry.header !== undefined), "other entries");

const { data: wraps } = await client.GET("/v1/wraps");
must(wraps !== undefined, "no wraps");
const { error } = await createClient<paths>({ baseUrl: address }).GET("/v1/wraps");
must(error?.type === "urn:hallway:problem:session-required", "not refused");
console.log(JSON.stringify({ entries: log.entries.length, wraps: wraps.wraps.length, refused: error.type }));
