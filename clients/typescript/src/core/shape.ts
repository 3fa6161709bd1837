/** Reads a decoded value as the shape that a page gives; anything else is refused under the name given. */
import type { Bytes } from "./bytes.js";
import { isZero } from "./bytes.js";
import { decode, type Fields, type Value } from "./encoding.js";
import { demand, orRefuse } from "./refused.js";

export type Cursor = { readonly position: number; readonly head: Bytes };

export class Shape {
  constructor(
    readonly problem: string,
    readonly told: Record<string, string> = {},
  ) {}

  private is(condition: boolean): asserts condition {
    demand(condition, this.problem, this.told);
  }

  decoded(data: Bytes): Value {
    return orRefuse(this.problem, this.told, () => decode(data));
  }

  array(value: Value | undefined, length?: number): Value[] {
    this.is(Array.isArray(value) && (length === undefined || value.length === length));
    return value;
  }

  map(value: Value | undefined): Fields {
    this.is(value instanceof Map);
    return value;
  }

  /** All integers of the protocol are at least 0 and below 2^53. */
  int(value: Value | undefined, least = 0): number {
    this.is(typeof value === "number" && value >= least);
    return value;
  }

  bytes(value: Value | undefined, ...lengths: number[]): Bytes {
    this.is(value instanceof Uint8Array && (lengths.length === 0 || lengths.includes(value.length)));
    return value;
  }

  text(value: Value | undefined, least = 0, most = Infinity): string {
    this.is(typeof value === "string");
    const length = [...value].length;
    this.is(length >= least && length <= most);
    return value;
  }

  bool(value: Value | undefined): boolean {
    this.is(typeof value === "boolean");
    return value;
  }

  /** The id of an account or record: 16 bytes, not all zero. */
  id(value: Value | undefined): Bytes {
    const id = this.bytes(value, 16);
    this.is(!isZero(id));
    return id;
  }

  cursor(value: Value | undefined): Cursor {
    const [position, head] = this.array(value, 2);
    return { position: this.int(position), head: this.bytes(head, 32) };
  }
}

export const cursorValue = (cursor: Cursor): Value => [cursor.position, cursor.head];
