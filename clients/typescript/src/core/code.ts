/** A code on paper (docs/protocol/2-keys.md). */
import type { Bytes } from "./bytes.js";
import { H } from "./hashing.js";
import { demand } from "./refused.js";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUPS = 7;

/** 12 bits, as the checksum is compared. */
const checksum = (secret: Bytes): number => {
  const hash = H("code", secret);
  return (hash[0]! << 4) | (hash[1]! >> 4);
};

export function toPaper(secret: Bytes): string {
  let bits = 0n;
  for (const byte of secret) bits = (bits << 8n) | BigInt(byte);
  bits = (bits << 12n) | BigInt(checksum(secret));
  const symbols = Array.from({ length: 4 * GROUPS }, (_, i) => Number((bits >> BigInt(5 * (4 * GROUPS - 1 - i))) & 31n));
  return Array.from({ length: GROUPS }, (_, i) => {
    const group = symbols.slice(4 * i, 4 * i + 4);
    return [...group, check(group, i)].map((symbol) => ALPHABET[symbol]).join("");
  }).join("-");
}

/** The secret; throws `refused-code` with the first wrong `group` (1 to 7), or null if the code as a whole is wrong. */
export function fromPaper(typed: string): Bytes {
  // Only ASCII is read without regard to case: the upper case of other letters may be one of these.
  const symbols = [...typed.replace(/[\s-]/g, "")].map((letter) =>
    ALPHABET.indexOf(letter.replace(/[a-z]/, (small) => small.toUpperCase()).replace("O", "0").replace(/[IL]/, "1")),
  );
  let bits = 0n;
  for (let i = 0; i < GROUPS; i++) {
    const group = symbols.slice(5 * i, 5 * i + 5);
    const right = group.length === 5 && !group.includes(-1) && check(group.slice(0, 4), i) === group[4];
    demand(right, "refused-code", { group: i + 1 });
    for (const symbol of group.slice(0, 4)) bits = (bits << 5n) | BigInt(symbol);
  }
  const secret = Uint8Array.from({ length: 16 }, (_, i) => Number((bits >> BigInt(132 - 8 * i)) & 255n));
  demand(symbols.length === 5 * GROUPS && Number(bits & 0xfffn) === checksum(secret), "refused-code", { group: null });
  return secret;
}

function check(group: number[], place: number): number {
  return [...group, place + 1].reduce((sum, symbol, i) => sum ^ times2(symbol, i + 1), 0);
}

/** symbol * 2^power in GF(32) with x^5 + x^2 + 1. */
function times2(symbol: number, power: number): number {
  let product = symbol;
  for (let i = 0; i < power; i++) product = ((product << 1) & 31) ^ (product & 16 ? 0b00101 : 0);
  return product;
}
