import type { Bytes } from "./bytes.js";
import { demand } from "./refused.js";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** RFC 4648 section 5, without padding. */
export function b64(data: Bytes): string {
  let text = "";
  for (let i = 0; i < data.length; i += 3) {
    const group = (data[i]! << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0);
    const symbols = Math.min(data.length - i, 3) + 1;
    for (let k = 0; k < symbols; k++) text += ALPHABET[(group >> (18 - 6 * k)) & 63];
  }
  return text;
}

/** Canonical only; `length` is that of the bytes, where one is expected. Throws `refused-encoding`. */
export function unb64(text: string, length?: number): Bytes {
  demand(text.length % 4 !== 1, "refused-encoding");
  const out = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const symbol of text) {
    const digit = ALPHABET.indexOf(symbol);
    demand(digit >= 0, "refused-encoding");
    held = ((held << 6) | digit) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = held >> bits;
      held &= (1 << bits) - 1;
    }
  }
  demand(held === 0 && (length === undefined || out.length === length), "refused-encoding");
  return out;
}
