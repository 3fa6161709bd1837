/** Canonical encoding (docs/protocol/1-encoding.md): CBOR, RFC 8949 section 4.2.1, of few types. */
import { type Bytes, compare, concat, fromUtf8, utf8 } from "./bytes.js";
import { demand, orRefuse } from "./refused.js";

/** Integers beyond 2^53 are bigint, all others number, so that equal integers are equal values. */
export type Value = number | bigint | boolean | string | Bytes | Value[] | Fields;
export type Fields = Map<string, Value>;

const DEEPEST = 12;
const MALFORMED = "refused-encoding";

export function encode(value: Value): Bytes {
  const parts: Bytes[] = [];
  write(value, parts, 0);
  return concat(...parts);
}

function write(value: Value, parts: Bytes[], depth: number): void {
  if (typeof value === "boolean") parts.push(Uint8Array.of(value ? 0xf5 : 0xf4));
  else if (typeof value === "number" || typeof value === "bigint") {
    demand(typeof value === "bigint" || Number.isSafeInteger(value), MALFORMED);
    const number = BigInt(value);
    parts.push(number >= 0n ? initial(0, number) : initial(1, -1n - number));
  } else if (typeof value === "string") {
    const data = utf8(value);
    // A lone surrogate has no UTF-8; the platform would write U+FFFD in its place.
    demand(fromUtf8(data) === value, MALFORMED);
    parts.push(initial(3, BigInt(data.length)), data);
  } else if (value instanceof Uint8Array) parts.push(initial(2, BigInt(value.length)), value);
  else {
    demand(depth < DEEPEST, MALFORMED);
    if (Array.isArray(value)) {
      parts.push(initial(4, BigInt(value.length)));
      for (const item of value) write(item, parts, depth + 1);
    } else {
      const keys = [...value.keys()].map((key) => ({ key, encoded: encode(key) }));
      parts.push(initial(5, BigInt(keys.length)));
      for (const { key, encoded } of keys.sort((a, b) => compare(a.encoded, b.encoded))) {
        parts.push(encoded);
        write(value.get(key)!, parts, depth + 1);
      }
    }
  }
}

function initial(major: number, argument: bigint): Bytes {
  demand(argument >= 0n && argument < 1n << 64n, MALFORMED);
  const top = major << 5;
  if (argument < 24n) return Uint8Array.of(top | Number(argument));
  const size = argument < 0x100n ? 0 : argument < 0x10000n ? 1 : argument < 0x100000000n ? 2 : 3;
  const out = new Uint8Array(1 + (1 << size));
  out[0] = top | (24 + size);
  for (let i = out.length - 1, rest = argument; i > 0; i--, rest >>= 8n) out[i] = Number(rest & 255n);
  return out;
}

/** Throws `refused-encoding` for all that `encode` would not have written. */
export function decode(data: Bytes): Value {
  const reader = new Reader(data);
  const value = reader.value(0);
  demand(reader.at === data.length, MALFORMED);
  return value;
}

class Reader {
  at = 0;
  constructor(private readonly data: Bytes) {}

  value(depth: number): Value {
    const first = this.take(1)[0]!;
    const major = first >> 5;
    if (major === 7) {
      demand(first === 0xf4 || first === 0xf5, MALFORMED);
      return first === 0xf5;
    }
    const argument = this.argument(first & 31);
    switch (major) {
      case 0:
        return plain(argument);
      case 1:
        return plain(-1n - argument);
      case 2:
        return this.take(this.length(argument)).slice();
      case 3:
        return this.text(argument);
      case 4:
        return this.array(this.length(argument), depth + 1);
      case 5:
        return this.map(this.length(argument), depth + 1);
      default:
        return demand(false, MALFORMED) as never;
    }
  }

  private text(argument: bigint): string {
    const data = this.take(this.length(argument));
    return orRefuse(MALFORMED, {}, () => fromUtf8(data));
  }

  private array(length: number, depth: number): Value[] {
    demand(depth <= DEEPEST, MALFORMED);
    const items: Value[] = [];
    for (let i = 0; i < length; i++) items.push(this.value(depth));
    return items;
  }

  private map(length: number, depth: number): Fields {
    demand(depth <= DEEPEST, MALFORMED);
    const fields: Fields = new Map();
    let last: Bytes | undefined;
    for (let i = 0; i < length; i++) {
      const from = this.at;
      const key = this.value(depth);
      const encoded = this.data.subarray(from, this.at);
      demand(typeof key === "string" && (last === undefined || compare(last, encoded) < 0), MALFORMED);
      last = encoded;
      fields.set(key, this.value(depth));
    }
    return fields;
  }

  private argument(info: number): bigint {
    if (info < 24) return BigInt(info);
    demand(info < 28, MALFORMED);
    let number = 0n;
    for (const byte of this.take(1 << (info - 24))) number = (number << 8n) | BigInt(byte);
    const shortest = info === 24 ? 24n : 1n << BigInt(8 << (info - 25));
    demand(number >= shortest, MALFORMED);
    return number;
  }

  /** A length that can be true: every item takes a byte at least, so none is allocated for that is not there. */
  private length(argument: bigint): number {
    demand(argument <= BigInt(this.data.length - this.at), MALFORMED);
    return Number(argument);
  }

  private take(length: number): Bytes {
    demand(this.at + length <= this.data.length, MALFORMED);
    this.at += length;
    return this.data.subarray(this.at - length, this.at);
  }
}

function plain(number: bigint): number | bigint {
  return number >= Number.MIN_SAFE_INTEGER && number <= Number.MAX_SAFE_INTEGER ? Number(number) : number;
}
