"""Private aggregates without input or output: what phones, the server and aggregator devices compute alike."""
