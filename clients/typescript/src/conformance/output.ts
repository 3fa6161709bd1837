/** Values as cases show them. */
import { hex } from "../core/bytes.js";
import { encode, type Value } from "../core/encoding.js";
import type { Cursor } from "../core/shape.js";
import type { Json } from "../core/json.js";

/** Every value under the name of its type, so that JSON loses nothing. */
export function typed(value: Value): Json {
  if (typeof value === "number" || typeof value === "bigint") return { int: value.toString() };
  if (typeof value === "boolean") return { bool: value };
  if (typeof value === "string") return { text: value };
  if (value instanceof Uint8Array) return { bytes: hex(value) };
  if (Array.isArray(value)) return { array: value.map(typed) };
  return { map: [...value].map(([key, item]) => [key, typed(item)]) };
}

/** Elements of statements: bytes in hexadecimal, all else as it is in JSON. */
export function plain(value: Value): Json {
  if (value instanceof Uint8Array) return hex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  return typeof value === "bigint" ? value.toString() : value;
}

export const cursorJson = ({ position, head }: Cursor): Json => [position, hex(head)];

export const encoded = (value: Value): string => hex(encode(value));
