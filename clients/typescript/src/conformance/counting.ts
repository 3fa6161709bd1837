/** Operations on reports and releases: page 10 of the protocol. */
import { hex } from "../core/bytes.js";
import { bytesOf, type Input, listOf } from "../core/json.js";
import { noise } from "../core/noise.js";
import { demand } from "../core/refused.js";
import type { Value } from "../core/encoding.js";
import { decodeTask, type Task } from "../roster/statements.js";
import { encodeVector } from "../statistics/field.js";
import { aggregate, checkReleased, openTotal, signed, withNoise } from "../statistics/release.js";
import { acceptedHash, checkReport, checkTime, decodeReport, inOrder, receipt, sameList } from "../statistics/report.js";
import { cellsOf, scaleOf } from "../statistics/table.js";
import { rosterState } from "./logs.js";
import type { Operation } from "./values.js";

/** A task has no bytes in it: its JSON is its value. */
const taskOf = (input: Input): Task => decodeTask(input.json("task") as Value);

const release: Operation = (input) => {
  const task = taskOf(input);
  const [programme, opening, closing] = [input.bytes("programme"), input.bytes("opening"), input.bytes("closing_leaf")];
  const [accounts, nonces] = [input.list("accounts").map(bytesOf), input.list("nonces").map(bytesOf)];
  const receipts = inOrder(accounts.map((account, i) => receipt(opening, account, nonces[i]!)));
  demand(sameList(receipts, input.list("receipts").map(bytesOf)), "list-wrong");
  demand(hex(acceptedHash(opening, receipts)) === input.text("accepted"), "list-wrong");
  checkReleased(input.bytes("server_key"), programme, closing, input.bytes("share"), input.bytes("signature"));

  const cells = cellsOf(task);
  const totals = input.list("output_shares").map((shares) => aggregate(listOf(shares).map(bytesOf), cells));
  const noises = input.inputs("noise_keys").map((one) => {
    const aggregator = one.int("aggregator");
    return { aggregator, key: one.text("key"), noise: noise(one.bytes("key"), closing, aggregator, ...scaleOf(task), cells) };
  });
  const noisy = totals.map((total, i) => {
    const added = noises.find((one) => one.aggregator === i);
    return encodeVector(added ? withNoise(total, added.noise) : total);
  });
  const second = task.shares === 3 ? [openTotal(input.bytes("reader_seed"), programme, opening, input.bytes("sealed_total"))] : [];
  demand(second.every((sum) => hex(sum) === hex(noisy[2]!)), "refused-open");
  return {
    share: hex(noisy[0]!),
    totals: totals.map((total) => hex(encodeVector(total))),
    noises: noises.map((one) => ({ ...one, noise: one.noise.map(Number) })),
    cells: signed(aggregate([noisy[0]!, noisy[1]!, ...second], cells)).map(Number),
  };
};

const checked: Operation = (input) => {
  const report = decodeReport(input.bytes("report"));
  const [first] = input.entries("statistics");
  const state = rosterState(first!.header.log, input.entries("statistics"));
  if (input.has("day")) return checkTime(state, report.opening, input.int("day")), {};
  return { account: hex(checkReport(state, report, input.bytes("signature"))) };
};

export const COUNTING: { readonly [op: string]: Operation } = { releases: release, "reports-checked": checked };
