"""A JSON object a line on standard input, an answer a line on standard output (docs/protocol/conformance.md)."""

import sys

import orjson

from conformance.reference.operations import answer


def main() -> None:
    for line in sys.stdin.buffer:
        asked = orjson.loads(line)
        answered = answer(asked["op"], asked["in"])
        sys.stdout.buffer.write(orjson.dumps({"id": asked["id"], **answered}) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
