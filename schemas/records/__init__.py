"""Record types, code lists, labels, instruments, presets and the directory: what phones log, as data.

A record's fields map names to canonical CBOR data (int, bytes, str, bool, list, dict with text keys; no float, no
null). The data files under `data/`, `labels/`, `instruments/` and `presets/` are the one source of truth, also for
other languages than Python; the code here only reads them. Nothing touches a clock, a network or a file outside the
package. Records of other devices and versions are never rejected: `validate` is for what this version writes, and
whatever reads a record takes it in any shape.

Writing     `prepare` (defaults, text in one form, all checks), or `defaults`, `normalise`, `validate`, `problems`
Types       `record_type`, `record_types`, `FieldSpec`, `RecordType`; `code_list`, `code_lists`, `CodeList`
Showing     `label`, `labels_of`, `languages`, `sentence`, `Sentence`, `again`, `problem_words`, `problem_advice`;
            `export_record`
Check-ins   `instrument`, `instrument_names`, `score`, `results`
Programmes  `preset`, `preset_names`, `about`, `published`, `source`, `typical_month` (`MonthEntry`), `programme_list`
Due         `follow_up_due`, `refresher_due`, `supervision_due`, `trained`
Kept        `lapsed`, `LAPSING`
Crisis      `card`, `emergency_number`, `is_confirmed`, `regions`
Directory   `read_directory`, `to_hsds`, `resource_key`, `search`, `Index`; `freshness`, `interval_days`, `is_offered`;
            `hours`, `is_24_7`, `zone_of`
Errors      `RecordError` (problem, field, message), `PROBLEMS`; `DirectoryError` (errors: `RowError` each)
"""

from schemas.records.assurance import Freshness, freshness, interval_days, is_offered
from schemas.records.codes import CodeList, code_list, code_lists
from schemas.records.crisis import Card, Number, card, emergency_number, is_confirmed, regions
from schemas.records.directory import DirectoryError, DirectoryFile, Remark, RowError, read_directory, resource_key
from schemas.records.due import follow_up_due, refresher_due, supervision_due, trained
from schemas.records.errors import PROBLEMS, RecordError
from schemas.records.export import export_record, is_reserved
from schemas.records.forbidden import forbidden_reason
from schemas.records.hours import Hours, OpenState, hours, is_24_7, zone_of
from schemas.records.hsds_export import to_hsds
from schemas.records.instruments import (
    Band,
    Instrument,
    Item,
    Result,
    Scale,
    instrument,
    instrument_names,
    results,
    score,
)
from schemas.records.labels import Sentence, again, label, labels_of, languages, problem_advice, problem_words, sentence
from schemas.records.lapsing import LAPSING, lapsed
from schemas.records.presets import MonthEntry, about, preset, preset_names, published, source, typical_month
from schemas.records.programme import programme_list
from schemas.records.ranking import Hit, Index, search
from schemas.records.types import FieldSpec, RecordType, record_type, record_types
from schemas.records.validate import defaults, normalise, prepare, problems, validate
from schemas.records.values import Fields, Value

__all__ = [
    "LAPSING",
    "PROBLEMS",
    "Band",
    "Card",
    "CodeList",
    "DirectoryError",
    "DirectoryFile",
    "FieldSpec",
    "Fields",
    "Freshness",
    "Hit",
    "Hours",
    "Index",
    "Instrument",
    "Item",
    "MonthEntry",
    "Number",
    "OpenState",
    "RecordError",
    "RecordType",
    "Remark",
    "Result",
    "RowError",
    "Scale",
    "Sentence",
    "Value",
    "about",
    "again",
    "card",
    "code_list",
    "code_lists",
    "defaults",
    "emergency_number",
    "export_record",
    "follow_up_due",
    "forbidden_reason",
    "freshness",
    "hours",
    "instrument",
    "instrument_names",
    "interval_days",
    "is_24_7",
    "is_confirmed",
    "is_offered",
    "is_reserved",
    "label",
    "labels_of",
    "languages",
    "lapsed",
    "normalise",
    "prepare",
    "preset",
    "preset_names",
    "problem_advice",
    "problem_words",
    "problems",
    "programme_list",
    "published",
    "read_directory",
    "record_type",
    "record_types",
    "refresher_due",
    "regions",
    "resource_key",
    "results",
    "score",
    "search",
    "sentence",
    "source",
    "supervision_due",
    "to_hsds",
    "trained",
    "typical_month",
    "validate",
    "zone_of",
]
