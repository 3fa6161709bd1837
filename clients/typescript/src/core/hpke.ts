/** HPKE, RFC 9180, base mode, single shot: KEM 0x647A (X-Wing), HKDF-SHA256, AES-256-GCM (docs/protocol/2-keys.md). */
import { gcm } from "@noble/ciphers/aes.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { ml_kem768_x25519 as xwing } from "@noble/post-quantum/hybrid.js";

import { type Bytes, concat, EMPTY, utf8 } from "./bytes.js";
import { H } from "./hashing.js";
import { demand, orRefuse } from "./refused.js";

export const KEY_SIZE = 1216;
const ENC_SIZE = 1120;
const TAG_SIZE = 16;
const KEM_KEY_SIZE = 1184;
const MODULUS = 3329;
const SUITE = concat(utf8("HPKE"), Uint8Array.of(0x64, 0x7a, 0x00, 0x01, 0x00, 0x02));

export const sealedSize = (plaintext: number): number => ENC_SIZE + plaintext + TAG_SIZE;

export function hpkeKey(seed: Bytes): Bytes {
  return xwing.getPublicKey(seed);
}

export function hpkeKeyHash(key: Bytes): Bytes {
  return H("hpke-key", key);
}

/** The check before a key is enrolled; throws `refused-key`. */
export function checkHpkeKey(key: Bytes): void {
  demand(key.length === KEY_SIZE, "refused-key");
  // Three bytes are two coefficients of 12 bits; the last 32 bytes of the encapsulation key are a seed.
  for (let i = 0; i < KEM_KEY_SIZE - 32; i += 3) {
    const [a, b, c] = [key[i]!, key[i + 1]!, key[i + 2]!];
    demand((a | ((b & 15) << 8)) < MODULUS && ((b >> 4) | (c << 4)) < MODULUS, "refused-key");
  }
  // Every scalar is a multiple of 8: one multiplication tells a point of small order, on the curve or its twist.
  orRefuse("refused-key", {}, () => x25519.scalarMult(new Uint8Array(32).fill(1), key.subarray(KEM_KEY_SIZE)));
}

/** `randomness`: the 64 bytes of an encapsulation; only a test gives its own. */
export function seal(key: Bytes, info: Bytes, plaintext: Bytes, randomness?: Bytes): Bytes {
  const { cipherText, sharedSecret } = xwing.encapsulate(key, randomness);
  return concat(cipherText, cipher(sharedSecret, info).encrypt(plaintext));
}

/** Throws `refused-open`. A spoiled encapsulation gives another secret, so it shows in the tag. */
export function open(seed: Bytes, info: Bytes, sealed: Bytes): Bytes {
  demand(sealed.length >= ENC_SIZE + TAG_SIZE, "refused-open", { reason: "size" });
  return orRefuse("refused-open", { reason: "tag" }, () => {
    const secret = xwing.decapsulate(sealed.subarray(0, ENC_SIZE), xwing.keygen(seed).secretKey);
    return cipher(secret, info).decrypt(sealed.subarray(ENC_SIZE));
  });
}

function cipher(secret: Bytes, info: Bytes): ReturnType<typeof gcm> {
  const context = concat(
    Uint8Array.of(0),
    labeledExtract(EMPTY, "psk_id_hash", EMPTY),
    labeledExtract(EMPTY, "info_hash", info),
  );
  const schedule = labeledExtract(secret, "secret", EMPTY);
  return gcm(labeledExpand(schedule, "key", context, 32), labeledExpand(schedule, "base_nonce", context, 12));
}

function labeledExtract(salt: Bytes, label: string, ikm: Bytes): Bytes {
  return extract(sha256, concat(utf8("HPKE-v1"), SUITE, utf8(label), ikm), salt);
}

function labeledExpand(secret: Bytes, label: string, info: Bytes, length: number): Bytes {
  const labeled = concat(Uint8Array.of(length >> 8, length & 255), utf8("HPKE-v1"), SUITE, utf8(label), info);
  return expand(sha256, secret, labeled, length);
}
