/** Fields of records as JSON, for people and programs: bytes, which JSON lacks, become base64url. */
import { b64 } from "../core/base64url.js";
import type { Fields, Value } from "../core/encoding.js";
import type { Json } from "../core/json.js";

export function fieldsJson(fields: Fields): Json {
  return Object.fromEntries([...fields].map(([name, value]) => [name, valueJson(value)]));
}

function valueJson(value: Value): Json {
  if (value instanceof Uint8Array) return b64(value);
  if (Array.isArray(value)) return value.map(valueJson);
  if (value instanceof Map) return fieldsJson(value);
  return typeof value === "bigint" ? value.toString() : value;
}

/** Texts, integers, booleans, lists and objects of these. */
export function fieldsOf(json: Json): Fields {
  if (json === null || typeof json !== "object" || Array.isArray(json)) throw new TypeError("no fields");
  return new Map(Object.entries(json).map(([name, value]) => [name, valueOf(value)]));
}

function valueOf(json: Json): Value {
  if (json === null) throw new TypeError("null is no value");
  if (Array.isArray(json)) return json.map(valueOf);
  return typeof json === "object" ? fieldsOf(json) : json;
}
