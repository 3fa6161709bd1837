/** Operations on reports and releases: page 10 of the protocol. */
import { type Bytes, hex } from "../core/bytes.js";
import { bytesOf, type Input, listOf } from "../core/json.js";
import { seal } from "../core/hpke.js";
import { noise } from "../core/noise.js";
import { demand } from "../core/refused.js";
import { sign } from "../core/signing.js";
import type { Value } from "../core/encoding.js";
import { decodeTask, type Task } from "../roster/statements.js";
import { encodeVector } from "../statistics/field.js";
import { aggregate, checkReleased, openTotal, signed, withNoise } from "../statistics/release.js";
import { Prio3 } from "../statistics/prio3.js";
import {
  acceptedHash, checkReport, checkTime, decodeReport, encodeReport, inOrder, measurementContext, receipt, reportMessage,
  sameList, shareHash, shareInfo, verifyKeyHash,
} from "../statistics/report.js";
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

const prio3Of = (input: Input): Prio3 => new Prio3(taskOf(input), measurementContext(input.bytes("programme"), input.bytes("opening")));

const made: Operation = (input) => {
  const [programme, opening, account] = [input.bytes("programme"), input.bytes("opening"), input.bytes("account")];
  const nonce = input.bytes("nonce");
  const { publicShare, inputShares } = prio3Of(input).shard(input.json("measurement"), nonce, input.bytes("randomness"));
  const [leader, ...helpers] = inputShares as [Bytes, ...Bytes[]];
  const seeds = input.list("encapsulation_seeds").map(bytesOf);
  const sealed = input.inputs("readers").map((reader, i) =>
    seal(reader.bytes("public"), shareInfo(programme, opening, account, nonce, i + 1), helpers[i]!, seeds[i]!),
  );
  const ids = { opening, device: input.bytes("device"), roster: input.cursor("roster"), nonce };
  const report = { ...ids, publicShare, leaderShare: shareHash(leader), sealedShares: sealed.map(shareHash) };
  return {
    public_share: hex(publicShare),
    leader_share: hex(leader),
    helper_shares: helpers.map(hex),
    sealed_shares: sealed.map(hex),
    report: hex(encodeReport(report)),
    signature: hex(sign(input.bytes("signing_seed"), "report", reportMessage(programme, report))),
    receipt: hex(receipt(opening, account, nonce)),
  };
};

const verified: Operation = (input) => {
  const [key, nonce, publicShare] = [input.bytes("verify_key"), input.bytes("nonce"), input.bytes("public_share")];
  const prio3 = prio3Of(input);
  const begun = input.list("input_shares").map((share, i) => prio3.begin(key, i, nonce, publicShare, bytesOf(share)));
  const message = prio3.message(begun.map((one) => one.share));
  return {
    commitment: hex(verifyKeyHash(input.bytes("task_id"), input.int("period"), key)),
    verifier_shares: begun.map((one) => hex(one.share)),
    verifier_message: hex(message),
    output_shares: begun.map((one) => hex(prio3.finish(one.state, message))),
  };
};

export const COUNTING: { readonly [op: string]: Operation } = {
  reports: made,
  "reports-checked": checked,
  verifications: verified,
  releases: release,
};
