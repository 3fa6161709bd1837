/** Operations on values, keys and secrets: pages 1, 2 and 5 of the protocol. */
import { answerMessage } from "../core/answer.js";
import { b64, unb64 } from "../core/base64url.js";
import { openBody, sealBody } from "../core/body.js";
import { type Bytes, EMPTY, hex } from "../core/bytes.js";
import { fromPaper, toPaper } from "../core/code.js";
import { readCompareCode, wordsAt } from "../core/comparing.js";
import { type Change, checkPlace, type Content, decodeContent, encodeContent } from "../core/content.js";
import { decode, encode, type Value } from "../core/encoding.js";
import * as epochkey from "../core/epochkey.js";
import { ctx, H, hkdf } from "../core/hashing.js";
import * as hpke from "../core/hpke.js";
import { InviteKeys } from "../core/invitekeys.js";
import { RecordState } from "../core/merge.js";
import { noise } from "../core/noise.js";
import { sessionMessage } from "../core/session.js";
import { checkSigningKey, sign, signingKey, verify } from "../core/signing.js";
import { openSlip } from "../core/slip.js";
import { readTicket, ticketText } from "../core/ticket.js";
import { checkSignature } from "../roster/change.js";
import { bytesOf, type Input, type Json, listOf, valueOf } from "../core/json.js";
import { cursorJson, encoded, typed } from "./output.js";

export type Operation = (input: Input) => { [name: string]: Json };

function untyped(json: Json): Value {
  const [[kind, inner] = []] = Object.entries(json as { [kind: string]: Json });
  switch (kind) {
    case "array":
      return listOf(inner).map(untyped);
    case "map":
      return new Map(listOf(inner).map((pair) => [String(listOf(pair)[0]), untyped(listOf(pair)[1]!)]));
    case "int":
      return Number.isSafeInteger(Number(inner)) ? Number(inner) : BigInt(String(inner));
    case "bytes":
      return bytesOf(inner);
    default:
      return inner as string | boolean;
  }
}

function hash(input: Input): Bytes {
  const context = input.text("context");
  if (input.text("kind") === "context") return ctx(context);
  if (input.text("kind") === "H") return H(context, ...input.list("parts").map(bytesOf));
  return hkdf(input.bytes("ikm"), input.bytes("salt"), context, input.bytes("data"), input.int("length"));
}

const wrapping = (input: Input): epochkey.Wrapping => ({
  programme: input.bytes("programme"),
  log: input.bytes("log"),
  epoch: input.int("epoch"),
  reader: input.bytes("reader"),
});

function openName(input: Input): { [name: string]: Json } {
  const seed = epochkey.inboxSeed(input.bytes("leads_key"));
  const { programme, account, sealed, key } = {
    ...{ programme: input.bytes("programme"), account: input.bytes("account") },
    ...{ sealed: input.bytes("sealed"), key: input.bytes("device_key") },
  };
  const text = epochkey.openName(seed, programme, account, sealed, key);
  return { text, inbox_hash: hex(hpke.hpkeKeyHash(hpke.hpkeKey(seed))) };
}

function contentJson(content: Content): Json {
  return {
    written_at: content.writtenAt,
    groups: content.groups.map((group) => ({
      origin: group.origin && { device: hex(group.origin.device), position: group.origin.position },
      stamp: group.stamp,
      seen: group.seen,
      changes: group.changes.map((change) => ({
        record: hex(change.record),
        type: change.type,
        version: change.version,
        deleted: change.deleted,
        fields: Object.fromEntries([...change.fields].map(([name, value]) => [name, encoded(value)])),
        removed: [...change.removed],
      })),
    })),
  };
}

const changeOf = (input: Input, record: Bytes): Change => ({
  record,
  type: input.text("type"),
  version: input.int("version"),
  deleted: input.bool("deleted"),
  fields: new Map(input.input("fields").names().map((name) => [name, valueOf(input.input("fields").json(name))])),
  removed: input.list("removed").map(String),
});

function contentOf(input: Input): Content {
  const groups = input.inputs("groups").map((group) => ({
    origin: group.has("origin")
      ? { device: group.input("origin").bytes("device"), position: group.input("origin").int("position") }
      : null,
    stamp: group.int("stamp"),
    seen: group.int("seen"),
    changes: group.inputs("changes").map((change) => changeOf(change, change.bytes("record"))),
  }));
  return { writtenAt: input.int("written_at"), groups };
}

function merge(input: Input): Json {
  const state = new RecordState();
  for (const one of input.inputs("changes")) {
    const carried = { device: one.bytes("device"), position: one.int("position"), stamp: one.int("stamp"), seen: one.int("seen") };
    state.add(changeOf(one, EMPTY), carried);
  }
  const value = (one: Value | undefined): Json => (one === undefined ? null : encoded(one));
  return {
    type: state.type,
    version: state.version,
    deleted: state.deleted,
    values: Object.fromEntries([...state.values()].map(([name, one]) => [name, value(one)])),
    conflicts: Object.fromEntries([...state.conflicts()].map(([name, all]) => [name, all.map(value)])),
  };
}

function standings(input: Input) {
  return input
    .inputs("logs")
    .map((one) => ({ log: one.bytes("log"), asked: one.cursor("asked"), head: one.cursor("head"), known: one.bool("known") }));
}

export const VALUES: { readonly [op: string]: Operation } = {
  encoding: (input) => ({ value: typed(decode(input.bytes("encoded"))) }),
  "encoding/encode": (input) => ({ encoded: hex(encode(untyped(input.json("value")))) }),
  base64url: (input) => ({ bytes: hex(unb64(input.text("text"), input.has("length") ? input.int("length") : undefined)) }),
  "base64url/encode": (input) => ({ text: b64(input.bytes("bytes")) }),
  hashes: (input) => ({ out: hex(hash(input)) }),
  "signing-keys": (input) => (checkSigningKey(input.bytes("key")), {}),
  signatures: (input) => {
    verify(input.bytes("public"), input.text("context"), input.bytes("data"), input.bytes("signature"));
    return {};
  },
  "signatures/sign": (input) => ({
    public: hex(signingKey(input.bytes("seed"))),
    signature: hex(sign(input.bytes("seed"), input.text("context"), input.bytes("data"))),
  }),
  "hpke-keys": (input) => (hpke.checkHpkeKey(input.bytes("key")), { hash: hex(hpke.hpkeKeyHash(input.bytes("key"))) }),
  "hpke-keys/derive": (input) => {
    const key = hpke.hpkeKey(input.bytes("seed"));
    return { key: hex(key), hash: hex(hpke.hpkeKeyHash(key)) };
  },
  wraps: (input) => ({
    key: hex(epochkey.unwrap(input.bytes("seed"), wrapping(input), input.bytes("sealed"), input.bytes("commitment"))),
  }),
  "wraps/seal": (input) => {
    const reader = hpke.hpkeKey(input.bytes("seed"));
    const key = input.bytes("key");
    const sealed = epochkey.wrap(reader, wrapping(input), key, input.bytes("eseed"));
    return { sealed: hex(sealed), commitment: hex(epochkey.commitment(input.int("epoch"), key)) };
  },
  "previous-keys": (input) => {
    const { key, epoch, log } = { key: input.bytes("new_key"), epoch: input.int("new_epoch"), log: input.bytes("log") };
    const sealed = input.bytes("sealed");
    return { key: hex(epochkey.openPrevious(key, epoch, log, sealed, input.bytes("commitment"), input.int("previous_epoch"))) };
  },
  "previous-keys/seal": (input) => {
    const [epoch, previous] = [input.int("new_epoch"), input.bytes("key")];
    const sealed = epochkey.sealPrevious(input.bytes("new_key"), epoch, input.bytes("log"), previous);
    return { sealed: hex(sealed), commitment: hex(epochkey.commitment(input.int("previous_epoch"), previous)) };
  },
  names: openName,
  slips: (input) => ({
    told: { ...openSlip(epochkey.inboxSeed(input.bytes("leads_key")), input.bytes("programme"), input.bytes("sealed")) },
  }),
  bodies: (input) => ({ plaintext: hex(openBody(input.bytes("key"), input.bytes("header_fields"), input.bytes("body"))) }),
  "bodies/seal": (input) => ({
    body: hex(sealBody(input.bytes("key"), input.bytes("salt"), input.bytes("header_fields"), input.bytes("plaintext"))),
  }),
  invites: (input) => {
    const keys = new InviteKeys(input.bytes("secret"));
    return { signing: hex(keys.signing), hpke_hash: hex(keys.hpkeHash), id: hex(keys.id) };
  },
  codes: (input) => ({ secret: hex(fromPaper(input.text("typed"))) }),
  "codes/print": (input) => ({ code: toPaper(input.bytes("secret")) }),
  ticket: (input) => {
    const { kind, address, serverKey, secret } = readTicket(input.text("text"));
    return { kind, address, server_key: hex(serverKey), secret: hex(secret) };
  },
  "ticket/write": (input) => {
    const [serverKey, secret] = [input.bytes("server_key"), input.bytes("secret")];
    return { text: ticketText({ kind: input.text("kind"), address: input.text("address"), serverKey, secret }) };
  },
  session: (input) => {
    const message = sessionMessage(input.text("origin"), input.bytes("challenge"), input.bytes("principal"));
    checkSignature(input.bytes("key"), "session", message, input.bytes("signature"));
    return { message: hex(message) };
  },
  answer: (input) => {
    const [programme, challenge] = [input.bytes("programme"), input.bytes("challenge")];
    const message = answerMessage({ programme, challenge, day: input.int("day"), logs: standings(input) });
    checkSignature(input.bytes("server_key"), "answer", message, input.bytes("signature"));
    return { message: hex(message) };
  },
  content: (input) => {
    const content = decodeContent(input.bytes("plaintext"));
    checkPlace(content, input.int("position"), input.int("seen"));
    return { content: contentJson(content) };
  },
  "content/encode": (input) => ({ plaintext: hex(encodeContent(contentOf(input.input("content")))) }),
  merge: (input) => ({ result: merge(input) }),
  comparing: (input) => {
    const states = readCompareCode(input.text("text"), input.bytes("programme"));
    return { roster: cursorJson(states.roster), witness: cursorJson(states.witness) };
  },
  "comparing/words": (input) => ({ words: wordsAt(input.bytes("programme"), input.int("position"), input.bytes("head")) }),
  noise: (input) => {
    const scale = [BigInt(input.text("numerator")), BigInt(input.text("denominator"))] as const;
    const cells = noise(input.bytes("key"), input.bytes("closing_leaf"), input.int("index"), ...scale, input.int("length"));
    return { noise: cells.map(Number) };
  },
};

