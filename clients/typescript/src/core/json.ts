/** Reads JSON by the names of its members: in a case of conformance, where bytes are hexadecimal, and on the wire, base64url. */
import { type Bytes, unhex } from "./bytes.js";
import { decode, type Value } from "./encoding.js";
import { Entry } from "./entry.js";
import type { Cursor } from "./shape.js";

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export class Input {
  private readonly fields: { [name: string]: Json };

  /** Throws a TypeError, as all that reads from it does, where the JSON is not what it should be. */
  constructor(
    json: Json,
    private readonly codec: (text: string) => Bytes = unhex,
  ) {
    if (json === null || typeof json !== "object" || Array.isArray(json)) throw new TypeError("not an object");
    this.fields = json;
  }

  has(name: string): boolean {
    return this.fields[name] !== undefined && this.fields[name] !== null;
  }

  json(name: string): Json {
    const value = this.fields[name];
    if (value === undefined) throw new TypeError(`no ${name}`);
    return value;
  }

  bytes(name: string): Bytes {
    return this.codec(this.text(name));
  }

  text(name: string): string {
    const value = this.json(name);
    if (typeof value !== "string") throw new TypeError(`${name} is no text`);
    return value;
  }

  int(name: string): number {
    const value = this.json(name);
    if (typeof value !== "number") throw new TypeError(`${name} is no number`);
    return value;
  }

  bool(name: string): boolean {
    return this.json(name) === true;
  }

  /** In cases [position, head], on the wire an object. */
  cursor(name: string): Cursor {
    const value = this.json(name);
    if (Array.isArray(value)) return cursorOf(value);
    return { position: this.input(name).int("position"), head: this.input(name).bytes("head") };
  }

  list(name: string): Json[] {
    return listOf(this.json(name));
  }

  inputs(name: string): Input[] {
    return this.list(name).map((one) => new Input(one, this.codec));
  }

  input(name: string): Input {
    return new Input(this.json(name), this.codec);
  }

  names(): string[] {
    return Object.keys(this.fields);
  }

  /** Header, signature and body; a body left out, or null, is a body that is missing. */
  entry(): Entry {
    return new Entry(this.bytes("header"), this.bytes("signature"), this.has("body") ? this.bytes("body") : null);
  }

  entries(name: string): Entry[] {
    return this.inputs(name).map((one) => one.entry());
  }
}

export function listOf(value: Json | undefined): Json[] {
  if (!Array.isArray(value)) throw new TypeError("not a list");
  return value;
}

export function bytesOf(value: Json | undefined): Bytes {
  if (typeof value !== "string") throw new TypeError("not bytes");
  return unhex(value);
}

export function cursorOf(value: Json | undefined): Cursor {
  const [position, head] = listOf(value);
  if (typeof position !== "number") throw new TypeError("no position");
  return { position, head: bytesOf(head) };
}

/** A value of a record's field: its encoding in hexadecimal. */
export const valueOf = (json: Json): Value => decode(bytesOf(json));
