/** The rules of the roster (docs/protocol/4-roster.md): shape, then chain, then authority, then limits. */
import { equal } from "../core/bytes.js";
import type { Entry } from "../core/entry.js";
import { H } from "../core/hashing.js";
import { deviceId } from "../core/ids.js";
import { demand } from "../core/refused.js";
import { Change, checkSignature, refuse } from "./change.js";
import { closeInvite, found, invite, join } from "./membership.js";
import { remove, revoke } from "./leaving.js";
import { announce, policy, restored, rotate, rules, server } from "./policy.js";
import { aggregator, closePeriod, offer, open, task } from "./tasks.js";
import type { Device, RosterState } from "./state.js";
import { decodeStatement, type DeviceKeys, isStrict, type Kind, type Statement } from "./statements.js";

const RULES: { [K in Kind]: (change: Change<K>) => void } = {
  ...{ found, invite, join, rotate, policy, close_invite: closeInvite, announce, revoke, remove, rules, server, restored },
  ...{ task, aggregator, offer, open, close_period: closePeriod },
};
/** The state after an entry; throws `Refused` and changes nothing. */
export function apply(state: RosterState, entry: Entry): RosterState {
  const { header } = entry;
  const { chain } = state;
  demand(equal(header.log, state.programme) && header.epoch === 0, "entry-malformed");
  demand(header.seen.position === header.roster.position && equal(header.seen.head, header.roster.head), "entry-malformed");
  const statement = decodeStatement(header.kind, entry.checkedBody());
  demand((statement.kind === "found") === (chain.position === 0), "not-authorised");
  const enrols = "device" in statement && !(statement.device instanceof Uint8Array) ? statement.device : null;
  if (enrols !== null) checkEnrolment(state, entry, statement, enrols);

  const author = enrols ? null : (state.device(header.device) ?? refuse("device-not-active"));
  checkSignature(author?.signing ?? enrols!.signing, "entry", entry.headerBytes, entry.signature);
  chain.check(header);
  if (author) demand(header.seen.position >= author.position, "witness-unknown");
  demand(!isStrict(statement.kind) || header.seen.position === chain.position, "seen-stale");

  const next = state.copy();
  next.time = Math.max(state.time, statement.day);
  run(next, entry, statement, author);
  next.chain = chain.extend(entry);
  return next;
}

function run<K extends Kind>(next: RosterState, entry: Entry, statement: Statement<K>, author: Device | null): void {
  const change = new Change<K>(next, entry, statement, author);
  change.checkCosignature();
  RULES[statement.kind as K](change);
}

/** `found` and `join` bring their own device. */
function checkEnrolment(state: RosterState, { header, body }: Entry, statement: Statement, keys: DeviceKeys): void {
  demand(header.sequence === 1, "entry-malformed");
  demand(equal(header.device, deviceId(keys.signing, keys.hpkeHash)), "entry-malformed");
  if (statement.kind === "found") demand(equal(H("programme", body!), state.programme), "entry-malformed");
}

