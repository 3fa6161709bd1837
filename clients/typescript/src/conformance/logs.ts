/** Operations on logs: pages 3, 4, 9 and 10 of the protocol. */
import { openBody } from "../core/body.js";
import { type Bytes, EMPTY, equal, hex } from "../core/bytes.js";
import { Chain } from "../core/chain.js";
import { bodyHash, decodeHeader, encodeHeader, type Entry, type HeaderFields, sealingFields } from "../core/entry.js";
import { H } from "../core/hashing.js";
import { genesis, logId, type SpaceName } from "../core/ids.js";
import { Refused } from "../core/refused.js";
import { apply } from "../roster/apply.js";
import { checkSignature } from "../roster/change.js";
import { RosterState } from "../roster/state.js";
import { cosignMessage, counterMessage, decodeStatement, joinMessage } from "../roster/statements.js";
import { decodeErasing, Leaves } from "../space/erasing.js";
import { checkSpaceEntry } from "../space/space.js";
import { voidPositions } from "../space/void.js";
import { checkWitnessEntry, decodeWitness } from "../space/witness.js";
import type { Input, Json } from "../core/json.js";
import { cursorJson, plain } from "./output.js";
import { toldOfRoster, toldOfStatistics } from "./told.js";
import type { Operation } from "./values.js";

const known = new Map<string, RosterState>();

/** The state of a roster; those that were asked for once are kept, as the cases of a list share theirs. */
export function rosterState(programme: Bytes, entries: readonly Entry[]): RosterState {
  let state = RosterState.start(programme);
  let name = EMPTY;
  for (const entry of entries) {
    name = H("head", name, entry.leaf, bodyHash(entry.body ?? EMPTY));
    const next = known.get(hex(name)) ?? apply(state, entry);
    known.set(hex(name), next);
    state = next;
  }
  return state;
}

function headerJson({ bodyHash: hash, ...header }: HeaderFields): Json {
  const { suite, log, device, sequence, kind, epoch, seen, roster, prev } = header;
  return {
    ...{ suite, log: hex(log), device: hex(device), sequence, kind, epoch, body_hash: hex(hash) },
    ...{ seen: cursorJson(seen), roster: cursorJson(roster), prev: hex(prev) },
  };
}

const headerOf = (input: Input): HeaderFields => ({
  ...{ suite: input.int("suite"), log: input.bytes("log"), device: input.bytes("device"), sequence: input.int("sequence") },
  ...{ kind: input.text("kind"), epoch: input.int("epoch"), bodyHash: input.bytes("body_hash") },
  ...{ seen: input.cursor("seen"), roster: input.cursor("roster"), prev: input.bytes("prev") },
});

const extended = (chain: Chain, entries: readonly Entry[]): Chain => entries.reduce((at, entry) => at.extend(entry), chain);

function statement(input: Input): { [name: string]: Json } {
  const kind = input.text("kind");
  const stated = decodeStatement(kind, input.bytes("body"));
  const [programme, seen] = [input.bytes("programme"), input.cursor("seen")];
  const messages = input.inputs("signed").map((signed) => {
    const context = signed.text("context");
    const message =
      context === "cosign"
        ? cosignMessage(programme, kind, seen, stated.elements)
        : stated.kind === "invite"
          ? counterMessage(programme, stated, seen)
          : stated.kind === "join"
            ? joinMessage(programme, stated, seen)
            : EMPTY;
    checkSignature(signed.bytes("public"), context, message, signed.bytes("signature"));
    return hex(message);
  });
  return { elements: plain([...stated.elements]), messages };
}

const landed = (entry: Entry, chain: Chain): { [name: string]: Json } => ({ leaf: hex(entry.leaf), head: hex(chain.head) });

function rosterOperation(told: (state: RosterState, entry: Entry) => Json): Operation {
  return (input) => {
    const entry = input.entry();
    const after = apply(rosterState(input.bytes("programme"), input.entries("before")), entry);
    return { ...landed(entry, after.chain), state: told(after, entry) };
  };
}

const space: Operation = (input) => {
  const leaves = new Leaves();
  let chain = Chain.start(input.bytes("programme"), input.bytes("log"));
  for (const entry of input.entries("before")) {
    chain = chain.extend(entry);
    leaves.add(chain.position, entry);
  }
  const entry = input.entry();
  const state = rosterState(input.bytes("programme"), input.entries("roster"));
  const after = checkSpaceEntry(state, chain, entry, leaves, input.bool("new"));
  if (!input.has("epoch_key")) return landed(entry, after);
  const plaintext = openBody(input.bytes("epoch_key"), sealingFields(entry.header), entry.checkedBody());
  return { ...landed(entry, after), plaintext: hex(plaintext) };
};

const witness: Operation = (input) => {
  const [log, since, before] = [input.bytes("log"), input.int("since"), input.entries("before")];
  const whole = extended(Chain.start(input.bytes("programme"), log), before.slice(0, since));
  const chain = extended(since ? Chain.from(log, whole.cursor) : whole, before.slice(since));
  const entry = input.entry();
  const state = rosterState(input.bytes("programme"), input.entries("roster"));
  const after = checkWitnessEntry(state, chain, entry, input.bool("new"));
  const { digest, day } = decodeWitness(entry.checkedBody());
  return { ...landed(entry, after), digest: hex(digest), day };
};

const entryChain: Operation = (input) => {
  const chain = extended(Chain.start(input.bytes("programme"), input.bytes("log")), input.entries("before"));
  if (!input.has("header")) return { head: hex(chain.head) };
  const entry = input.entry();
  chain.check(entry.header);
  return landed(entry, chain.extend(entry));
};

const voided: Operation = (input) => {
  const state = rosterState(input.bytes("programme"), input.entries("roster"));
  const entries = input.entries("entries").map((entry, i) => ({ entry, position: i + 1 }));
  const found = voidPositions(state, input.bytes("log"), entries);
  return { void: [...found].sort((a, b) => a - b) };
};

export const LOGS: { readonly [op: string]: Operation } = {
  "log-ids": (input) => {
    const account = input.text("account") ? input.bytes("account") : EMPTY;
    const log = logId(input.bytes("programme"), input.text("space") as SpaceName, account);
    return { log: hex(log), genesis: hex(genesis(input.bytes("programme"), log)) };
  },
  header: (input) => {
    const header = decodeHeader(input.bytes("header"));
    // Whoever checks a signature checks it over the bytes received; that they are the only ones, canonical encoding says.
    if (!equal(encodeHeader(header), input.bytes("header"))) throw new Refused("entry-malformed");
    return { fields: headerJson(header), sealing_fields: hex(sealingFields(header)) };
  },
  "header/encode": (input) => ({ header: hex(encodeHeader(headerOf(input.input("fields")))) }),
  "entry-chain": entryChain,
  statements: (input) => (input.has("signed") ? statement(input) : (decodeStatement(input.text("kind"), input.bytes("body")), {})),
  roster: rosterOperation(toldOfRoster),
  statistics: rosterOperation(toldOfStatistics),
  space,
  erasing: space,
  "erasing-bodies": (input) => {
    const { elements } = decodeErasing(input.text("kind"), input.bytes("body"));
    return { elements: plain([...elements]) };
  },
  witness,
  void: voided,
};

