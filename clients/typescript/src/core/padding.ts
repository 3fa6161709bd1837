import type { Bytes } from "./bytes.js";
import { demand } from "./refused.js";

/** What stands before 0x80 and zeros; throws `refused-open`. */
export function unpad(padded: Bytes): Bytes {
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end--;
  demand(end >= 0 && padded[end] === 0x80, "refused-open", { reason: "padding" });
  return padded.subarray(0, end);
}
