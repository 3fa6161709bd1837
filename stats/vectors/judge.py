"""One vector file against this code (draft-irtf-cfrg-vdaf-20, appendix C; l1-bound-sum-02 has the same form)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from stats.errors import StatsError
from stats.prio3 import instances
from stats.prio3.field import FIELD128
from stats.prio3.prio3 import Prio3
from stats.prio3.share import VerifyState
from stats.prio3.xof import derive_seed, expand

File = Mapping[str, Any]
Instance = Prio3[Any, Any]

INSTANCES: dict[str, tuple[Callable[..., Instance], Sequence[str]]] = {
    "Prio3Count": (instances.count, ()),
    "Prio3Sum": (instances.sum_, ("max_measurement",)),
    "Prio3SumVec": (instances.sum_vec, ("length", "max_measurement", "chunk_length")),
    "Prio3Histogram": (instances.histogram, ("length", "chunk_length")),
    "Prio3MultihotCountVec": (instances.multihot_count_vec, ("length", "max_weight", "chunk_length")),
    "Prio3L1BoundSum": (instances.l1_bound_sum, ("length", "max_value", "chunk_length")),
}
COMMON = {"agg_param", "agg_result", "agg_shares", "ctx", "operations", "reports", "shares", "verify_key"}


class Unjudged(Exception):
    """The file says something that this code does not know."""


def judge(name: str, file: File) -> Iterator[str]:
    """What is wrong, a line each, for a file called `name`: nothing if every operation gives what the file says.

    Raises Unjudged, and whatever a file of another form leads to: KeyError, TypeError and the like.
    """
    if not isinstance(file, Mapping):
        raise Unjudged("not an object")
    kind = name.partition("_")[0].removesuffix(".json")
    if kind == "XofTurboShake128":
        return judge_xof(file)
    if kind not in INSTANCES:
        raise Unjudged(f"there is no instance {kind}")
    make, parameters = INSTANCES[kind]
    if file.keys() != COMMON | set(parameters):
        raise Unjudged(f"not the members of a {kind} file: {', '.join(sorted(file.keys() ^ (COMMON | {*parameters})))}")
    return Prio3File(make(file["shares"], *(file[parameter] for parameter in parameters)), file).judge()


def judge_xof(file: File) -> Iterator[str]:
    """A seed and a vector from the same stream."""
    arguments = (_bytes(file["seed"]), _bytes(file["dst"]), _bytes(file["binder"]))
    if derive_seed(*arguments).hex() != file["derived_seed"]:
        yield "derived_seed"
    if FIELD128.encode(expand(FIELD128, *arguments, file["length"])).hex() != file["expanded_vec_field128"]:
        yield "expanded_vec_field128"


class Prio3File:
    """The operations of one file, in their order: later ones take up the states of earlier ones."""

    def __init__(self, prio3: Instance, file: File) -> None:
        self.prio3 = prio3
        self.file = file
        self.context = _bytes(file["ctx"])
        self.states: dict[tuple[int, int], VerifyState] = {}

    def judge(self) -> Iterator[str]:
        operations: dict[str, Callable[[File], tuple[object, Callable[[], object]]]] = {
            "shard": self.shard,
            "verify_init": self.verify_init,
            "verifier_shares_to_message": self.verifier_shares_to_message,
            "verify_next": self.verify_next,
            "aggregate": self.aggregate,
            "unshard": self.unshard,
        }
        if self.file["agg_param"] or not self.file["operations"]:
            raise Unjudged("an aggregation parameter, or no operation")
        for number, operation in enumerate(self.file["operations"]):
            what, success = operation["operation"], operation["success"]
            if what not in operations or not isinstance(success, bool):
                raise Unjudged(f"operation {number} is {what!r}")
            try:
                got, wanted = operations[what](operation)
            except (StatsError, ValueError) as error:
                if success:
                    yield f"operation {number}, {what}: refused: {error}"
            else:
                if not success:
                    yield f"operation {number}, {what}: not refused"
                elif got != wanted():
                    yield f"operation {number}, {what}: another result"

    # Each gives what this code makes, and how to have what the file says, which a refused operation may leave out.

    def shard(self, operation: File) -> tuple[object, Callable[[], object]]:
        report = self.report(operation)
        measurement, nonce, rand = report["measurement"], _bytes(report["nonce"]), _bytes(report["rand"])
        sharded = self.prio3.shard(self.context, measurement, nonce, rand)
        got = [sharded.public_share.hex(), *(share.hex() for share in sharded.input_shares)]
        return got, lambda: [report["public_share"], *report["input_shares"]]

    def verify_init(self, operation: File) -> tuple[object, Callable[[], object]]:
        report, index = self.report(operation), operation["aggregator_id"]
        state, share = self.prio3.verify_init(
            _bytes(self.file["verify_key"]),
            self.context,
            index,
            _bytes(report["nonce"]),
            _bytes(report["public_share"]),
            _bytes(report["input_shares"][index]),
        )
        self.states[operation["report_index"], index] = state
        return share.hex(), lambda: report["verifier_shares"][0][index]

    def verifier_shares_to_message(self, operation: File) -> tuple[object, Callable[[], object]]:
        report = self.report(operation)
        self.check_round(operation, 0)
        shares = [_bytes(share) for share in report["verifier_shares"][0]]
        message = self.prio3.verifier_shares_to_message(self.context, shares)
        return message.hex(), lambda: report["verifier_messages"][0]

    def verify_next(self, operation: File) -> tuple[object, Callable[[], object]]:
        report, index = self.report(operation), operation["aggregator_id"]
        self.check_round(operation, 1)
        state = self.states[operation["report_index"], index]
        share = self.prio3.verify_next(state, _bytes(report["verifier_messages"][0]))
        return share.encode().hex(), lambda: report["out_shares"][index]

    def aggregate(self, operation: File) -> tuple[object, Callable[[], object]]:
        index = operation["aggregator_id"]
        shares = [self.prio3.decode_share(_bytes(report["out_shares"][index])) for report in self.file["reports"]]
        return self.prio3.aggregate(shares).encode().hex(), lambda: self.file["agg_shares"][index]

    def unshard(self, operation: File) -> tuple[object, Callable[[], object]]:  # noqa: ARG002
        shares = [self.prio3.decode_share(_bytes(share)) for share in self.file["agg_shares"]]
        return self.prio3.unshard(shares), lambda: self.file["agg_result"]

    def report(self, operation: File) -> File:
        report: File = self.file["reports"][operation["report_index"]]
        return report

    def check_round(self, operation: File, only: int) -> None:
        if operation["round"] != only:
            raise Unjudged(f"Prio3 has one round, not round {operation['round']}")


def _bytes(text: object) -> bytes:
    """Raises Unjudged for what is no hexadecimal: that must not look like a refusal of the bytes."""
    try:
        if isinstance(text, str):
            return bytes.fromhex(text)
    except ValueError:
        pass
    raise Unjudged("not hexadecimal")
