/** Reports, as everybody may check them, and the list of those that are added up (docs/protocol/10-statistics.md). */
import { type Bytes, compare, concat, equal, hex } from "../core/bytes.js";
import { encode } from "../core/encoding.js";
import { ctx, H } from "../core/hashing.js";
import { demand } from "../core/refused.js";
import { type Cursor, cursorValue, Shape } from "../core/shape.js";
import { checkSignature, refuse } from "../roster/change.js";
import { Period } from "../roster/periods.js";
import type { Opening, RosterState } from "../roster/state.js";

const shape = new Shape("report-malformed");
const SEED = 32;
const LATEST = 21;

export type Report = {
  readonly opening: Bytes;
  readonly device: Bytes;
  readonly roster: Cursor;
  readonly nonce: Bytes;
  readonly publicShare: Bytes;
  readonly leaderShare: Bytes;
  readonly sealedShares: readonly Bytes[];
};

export function encodeReport({ opening, device, roster, nonce, publicShare, leaderShare, sealedShares }: Report): Bytes {
  return encode([opening, device, cursorValue(roster), nonce, publicShare, leaderShare, [...sealedShares]]);
}

/** What the device signs. */
export function reportMessage(programme: Bytes, report: Report): Bytes {
  return encode([programme, encodeReport(report)]);
}

/** Throws `report-malformed`. */
export function decodeReport(data: Bytes): Report {
  const [opening, device, roster, nonce, publicShare, leaderShare, sealed] = shape.array(shape.decoded(data), 7);
  const sealedShares = shape.array(sealed).map((one) => shape.bytes(one, 32));
  demand(sealedShares.length === 1 || sealedShares.length === 2, "report-malformed");
  return {
    opening: shape.bytes(opening, 32),
    device: shape.bytes(device, 32),
    roster: shape.cursor(roster),
    nonce: shape.bytes(nonce, 16),
    publicShare: shape.bytes(publicShare, SEED * (sealedShares.length + 1)),
    leaderShare: shape.bytes(leaderShare, 32),
    sealedShares,
  };
}

/** Whether a report is sound; the account it is of. Throws `Refused`. */
export function checkReport(state: RosterState, report: Report, signature: Bytes): Bytes {
  const opening = openingOf(state, report.opening);
  const device = state.everDevice(report.device) ?? refuse("device-not-active");
  const left = state.former.get(hex(report.device))?.position ?? Infinity;
  demand(device.position <= report.roster.position && report.roster.position < left, "device-not-active");
  demand(report.roster.position >= opening.position && state.chain.has(report.roster), "witness-unknown");
  demand(counts(state, device.account, opening), "not-authorised");
  checkSignature(device.signing, "report", reportMessage(state.programme, report), signature);
  return device.account;
}

/** The accounts active where it was opened, whose `join` precedes it. */
function counts(state: RosterState, account: Bytes, opening: Opening): boolean {
  const departed = state.departed.get(hex(account));
  const joined = (state.account(account) ?? departed?.account)?.position ?? Infinity;
  return joined < opening.position && (departed === undefined || departed.position > opening.position);
}

/** Whether a report to this opening is taken on a day. Throws `not-open`, `too-early`, `report-late`. */
export function checkTime(state: RosterState, id: Bytes, day: number): void {
  const { task, period, ended, closed } = openingOf(state, id);
  demand(ended === null && closed === null, "not-open");
  const { last } = new Period(state.tasks.get(hex(task))!.task.periodKind, period);
  demand(day > last, "too-early");
  demand(Math.max(day, state.time) <= last + LATEST, "report-late");
}

const openingOf = (state: RosterState, id: Bytes): Opening => state.openings.get(hex(id)) ?? refuse("not-open");

export function receipt(opening: Bytes, account: Bytes, nonce: Bytes): Bytes {
  return H("receipt", encode([opening, account, nonce]));
}

export function acceptedHash(opening: Bytes, receipts: readonly Bytes[]): Bytes {
  return H("accepted", encode([opening, [...receipts]]));
}

export const inOrder = (receipts: readonly Bytes[]): Bytes[] => [...receipts].sort(compare);

export const shareHash = (share: Bytes): Bytes => H("share", share);

export function verifyKeyHash(task: Bytes, period: number, key: Bytes): Bytes {
  return H("verify-key", encode([task, period, key]));
}

export function measurementContext(programme: Bytes, opening: Bytes): Bytes {
  return concat(ctx("measurement"), encode([programme, opening]));
}

export function shareInfo(programme: Bytes, opening: Bytes, account: Bytes, nonce: Bytes, index: number): Bytes {
  return concat(ctx("report-share"), encode([programme, opening, account, nonce, index]));
}

export function sameList(a: readonly Bytes[], b: readonly Bytes[]): boolean {
  return a.length === b.length && a.every((one, i) => equal(one, b[i]!));
}
