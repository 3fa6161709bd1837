export type Bytes = Uint8Array;

export const EMPTY: Bytes = new Uint8Array(0);
export const ZERO: Bytes = new Uint8Array(32);
const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function utf8(text: string): Bytes {
  return utf8Encoder.encode(text);
}

/** Throws a TypeError where the bytes are not UTF-8. */
export function fromUtf8(data: Bytes): string {
  return utf8Decoder.decode(data);
}

export function concat(...parts: Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Below, at or above 0 as `a` sorts before, with or after `b`, bytewise. */
export function compare(a: Bytes, b: Bytes): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

export function equal(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && compare(a, b) === 0;
}

export function isZero(data: Bytes): boolean {
  return data.every((byte) => byte === 0);
}

export function u64(number: number): Bytes {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(number));
  return out;
}

export function hex(data: Bytes): string {
  return Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function unhex(text: string): Bytes {
  if (text.length % 2 || /[^0-9a-f]/.test(text)) throw new TypeError("not hexadecimal");
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/** Compares texts by their UTF-8, which is not the order of JavaScript's strings: those are UTF-16. */
export function compareTexts(a: string, b: string): number {
  return compare(utf8(a), utf8(b));
}
