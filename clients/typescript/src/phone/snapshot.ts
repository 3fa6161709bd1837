/** A phone as one JSON text, and back. What is read is verified again: a text is no reason to believe anything. */
import { b64, unb64 } from "../core/base64url.js";
import { type Bytes, hex } from "../core/bytes.js";
import { decodeContent, encodeContent, type Group } from "../core/content.js";
import { Input, type Json } from "../core/json.js";
import { apply } from "../roster/apply.js";
import { RosterState } from "../roster/state.js";
import { Phone } from "./phone.js";
import { entryJson, Wire } from "./wire.js";

const groupsText = (groups: readonly Group[]): string => b64(encodeContent({ writtenAt: 0, groups }));
const groupsOf = (data: Bytes): readonly Group[] => decodeContent(data).groups;

/** It holds all secrets of the phone: whoever stores it encrypts it. */
export function snapshot(phone: Phone): string {
  const { account, signingSeed, hpkeSeed } = phone.identity.secrets;
  const pending = [...phone.pending.values()].map(({ change, seen }) => ({ origin: null, stamp: 0, seen, changes: [change] }));
  return JSON.stringify({
    origin: phone.origin,
    programme: b64(phone.roster.programme),
    server_key: b64(phone.serverKey),
    day: phone.day,
    secrets: { account: b64(account), signing: b64(signingSeed), hpke: b64(hpkeSeed) },
    numbers: Object.fromEntries(phone.numbers),
    statements: phone.statements.map(entryJson),
    spaces: [...phone.spaces.values()].map((log) => ({ log: b64(log.space.log), entries: log.entries.map(entryJson) })),
    keys: phone.keys.all().map(({ log, epoch, key }) => ({ log, epoch, key: b64(key) })),
    pending: groupsText(pending),
    outbox: phone.outbox.map(({ entry, groups }) => ({ ...(entryJson(entry) as object), groups: groupsText(groups) })),
  });
}

/** Throws `Refused` or a TypeError where the text is not what was written. */
export function restore(text: string, keep?: (phone: Phone) => void, via?: string): Phone {
  const input = new Input(JSON.parse(text) as Json, unb64);
  const secrets = input.input("secrets");
  const statements = input.entries("statements");
  const roster = statements.reduce(apply, RosterState.start(input.bytes("programme")));
  const phone = new Phone(
    new Wire(input.text("origin"), via),
    { account: secrets.bytes("account"), signingSeed: secrets.bytes("signing"), hpkeSeed: secrets.bytes("hpke") },
    roster,
    input.bytes("server_key"),
    keep,
  );
  phone.day = input.int("day");
  phone.statements.push(...statements);
  for (const name of input.input("numbers").names()) phone.numbers.set(name, input.input("numbers").int(name));
  for (const one of input.inputs("keys")) phone.keys.take(roster.spaces.get(one.text("log"))!, one.int("epoch"), one.bytes("key"));
  for (const one of input.inputs("spaces")) {
    const log = phone.log(roster.spaces.get(hex(one.bytes("log")))!).extended(roster, one.entries("entries"));
    log.read(phone.keys);
    phone.spaces.set(hex(log.space.log), log);
  }
  for (const { changes, seen } of groupsOf(input.bytes("pending")))
    for (const change of changes) phone.pending.set(hex(change.record), { change, seen });
  for (const one of input.inputs("outbox")) phone.outbox.push({ entry: one.entry(), groups: groupsOf(one.bytes("groups")) });
  return phone;
}
