/** Slips: what travels to the leads beside each flush, nearly always with nothing in it (docs/protocol/2-keys.md). */
import { type Bytes, concat, hex } from "./bytes.js";
import { decode, encode } from "./encoding.js";
import { ctx } from "./hashing.js";
import * as hpke from "./hpke.js";
import { unpad } from "./padding.js";
import { demand, orRefuse } from "./refused.js";
import { Shape } from "./shape.js";

const WRONG = "refused-open";
const PADDED_SIZE = 128;

/** `report` and `resource` in hexadecimal; `number` and `checked` may be empty. */
export type Slip = {
  readonly report: string;
  readonly resource: string;
  readonly failure: string;
  readonly number: string;
  readonly checked: string;
};

const info = (programme: Bytes): Bytes => concat(ctx("slip"), encode([programme]));

/** A slip that tells nothing. From outside it is like any other. */
export function emptySlip(inbox: Bytes, programme: Bytes): Bytes {
  const padded = new Uint8Array(PADDED_SIZE);
  padded[0] = 0x80;
  return hpke.seal(inbox, info(programme), padded);
}

/** What a slip tells; undefined for nothing. Throws `refused-open`. */
export function openSlip(seed: Bytes, programme: Bytes, sealed: Bytes): Slip | undefined {
  demand(sealed.length === hpke.sealedSize(PADDED_SIZE), WRONG, { reason: "size" });
  const content = unpad(hpke.open(seed, info(programme), sealed));
  if (content.length === 0) return undefined;
  const told = { reason: "content" };
  const shape = new Shape(WRONG, told);
  const parts = shape.array(orRefuse(WRONG, told, () => decode(content)), 5);
  const [report, resource] = [shape.id(parts[0]), shape.id(parts[1])];
  const [failure, number, checked] = [shape.text(parts[2]), shape.text(parts[3]), shape.text(parts[4])];
  demand(/^[a-z0-9_]{1,32}$/.test(failure) && /^[ -~]{0,32}$/.test(number) && (checked === "" || isDay(checked)), WRONG, told);
  return { report: hex(report), resource: hex(resource), failure, number, checked };
}

function isDay(text: string): boolean {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) || text < "0001") return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
