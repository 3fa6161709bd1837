/** The HTTP exchange (docs/protocol/6-sync.md): JSON, bytes in base64url, refusals as problem documents. */
import { b64, unb64 } from "../core/base64url.js";
import type { Bytes } from "../core/bytes.js";
import type { Entry } from "../core/entry.js";
import { Input, type Json } from "../core/json.js";
import { Refused } from "../core/refused.js";
import { sessionMessage } from "../core/session.js";
import { sign } from "../core/signing.js";
import type { Cursor } from "../core/shape.js";
import type { WrapRow } from "../roster/rows.js";

const PROBLEM = "urn:hallway:problem:";

export type Wrap = WrapRow & { readonly wrap: Bytes };
/** Who opens a session: a device or an invite, and the seed of its signing key. */
export type Principal = { readonly id: Bytes; readonly seed: Bytes };

export class Wire {
  private token: string | undefined;

  /** `origin` is the server's address that is signed; `via` where it is reached, if that is elsewhere. */
  constructor(
    readonly origin: string,
    private readonly via: string = origin,
  ) {}

  /** Opens a session; the id of the programme. */
  async open({ id, seed }: Principal): Promise<Bytes> {
    this.token = undefined;
    const challenge = (await this.call("POST", "/v1/challenges")).bytes("challenge");
    const signature = sign(seed, "session", sessionMessage(this.origin, challenge, id));
    const body = { principal: b64(id), challenge: b64(challenge), signature: b64(signature) };
    const answer = await this.call("POST", "/v1/sessions", body);
    this.token = answer.text("token");
    return answer.bytes("programme");
  }

  async wraps(): Promise<Wrap[]> {
    const answer = await this.call("GET", "/v1/wraps");
    return answer.inputs("wraps").map((one) => ({
      ...{ log: one.bytes("log"), epoch: one.int("epoch") },
      ...{ reader: one.bytes("reader"), wrap: one.bytes("wrap") },
    }));
  }

  async keys(hashes: readonly Bytes[]): Promise<Bytes[]> {
    const answer = await this.call("POST", "/v1/keys", { hashes: hashes.map(b64) });
    return answer.list("keys").map((key) => unb64(String(key)));
  }

  /** Throws `Refused` with the name of the problem, `no-session` where one is wanted, or what `fetch` throws. */
  async call(method: "GET" | "POST", path: string, body?: Json): Promise<Input> {
    const headers: Record<string, string> = { "accept-encoding": "identity" };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (this.token !== undefined) headers["authorization"] = `Bearer ${this.token}`;
    const request: RequestInit = { method, headers, redirect: "error" };
    const response = await fetch(this.via + path, body === undefined ? request : { ...request, body: JSON.stringify(body) });
    const answer = new Input((await response.json()) as Json, unb64);
    if (response.ok) return answer;
    const type = answer.has("type") ? answer.text("type") : "";
    throw new Refused(type.startsWith(PROBLEM) ? type.slice(PROBLEM.length) : "answer-malformed", { status: response.status });
  }
}

export const entryJson = (entry: Entry): Json => ({
  header: b64(entry.headerBytes),
  body: entry.body && b64(entry.body),
  signature: b64(entry.signature),
});

export const cursorJson = ({ position, head }: Cursor): Json => ({ position, head: b64(head) });

export const wrapJson = ({ log, epoch, reader, wrap }: Wrap): Json => ({ log: b64(log), epoch, reader: b64(reader), wrap: b64(wrap) });
