/** Entries and their headers (docs/protocol/3-log.md). */
import { type Bytes, equal } from "./bytes.js";
import { encode, type Value } from "./encoding.js";
import { H } from "./hashing.js";
import { Refused, demand } from "./refused.js";
import { type Cursor, cursorValue, Shape } from "./shape.js";

export const SUITE = 1;
const shape = new Shape("entry-malformed");

export type HeaderFields = {
  readonly suite: number;
  readonly log: Bytes;
  readonly device: Bytes;
  readonly sequence: number;
  readonly kind: string;
  readonly epoch: number;
  readonly bodyHash: Bytes;
  readonly seen: Cursor;
  readonly roster: Cursor;
  readonly prev: Bytes;
};

function fieldsOf(header: Omit<HeaderFields, "bodyHash">, ...bodyHash: Bytes[]): Bytes {
  const { suite, log, device, sequence, kind, epoch, seen, roster, prev } = header;
  const elements: Value[] = [suite, log, device, sequence, kind, epoch, ...bodyHash, cursorValue(seen), cursorValue(roster), prev];
  return encode(elements);
}

export const encodeHeader = (header: HeaderFields): Bytes => fieldsOf(header, header.bodyHash);

/** The header without its body hash, which a sealed body is bound to. */
export const sealingFields = (header: Omit<HeaderFields, "bodyHash">): Bytes => fieldsOf(header);

/** Throws `entry-malformed` or `suite-unknown`. */
export function decodeHeader(data: Bytes): HeaderFields {
  const elements = shape.array(shape.decoded(data), 10);
  const [suite, log, device, sequence, kind, epoch, bodyHash, seen, roster, prev] = elements;
  const header = {
    suite: shape.int(suite, 1),
    log: shape.bytes(log, 32),
    device: shape.bytes(device, 32),
    sequence: shape.int(sequence, 1),
    kind: shape.text(kind, 1, 64),
    epoch: shape.int(epoch),
    bodyHash: shape.bytes(bodyHash, 32),
    seen: shape.cursor(seen),
    roster: shape.cursor(roster),
    prev: shape.bytes(prev, 32),
  };
  demand(header.suite === SUITE, "suite-unknown");
  return header;
}

export class Entry {
  readonly header: HeaderFields;
  readonly leaf: Bytes;

  /** `body` is null where it was erased. Throws as `decodeHeader`. */
  constructor(
    readonly headerBytes: Bytes,
    readonly signature: Bytes,
    readonly body: Bytes | null,
  ) {
    this.header = decodeHeader(headerBytes);
    this.leaf = H("leaf", headerBytes, signature);
  }

  /** The body, which must be there and have the hash of the header; else `body-mismatch`. */
  checkedBody(): Bytes {
    const body = this.body;
    if (body === null || !equal(bodyHash(body), this.header.bodyHash)) throw new Refused("body-mismatch");
    return body;
  }
}

export const bodyHash = (body: Bytes): Bytes => H("body", body);
