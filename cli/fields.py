"""The options of a record type, one a field, and what people typed into them as fields."""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeAlias

import typer

from cli.codes import listing, pick
from cli.errors import Refusal, Usage
from cli.helping import SAID_IN
from schemas.records import (
    Fields,
    FieldSpec,
    RecordError,
    RecordType,
    Sentence,
    again,
    code_list,
    label,
    programme_list,
)


@dataclass(frozen=True)
class Reading:
    """What is needed to read options: the language, the programme's settings, and how a resource's id is found."""

    lang: str
    programme: Fields | None
    resource: Callable[[str], bytes | None]


Reader: TypeAlias = Callable[[FieldSpec, Any, Reading], Any]


@dataclass(frozen=True)
class Form:
    """A record type on the command line.

    `short`: field -> option, where its own name is not what one would type; `shapes`: field -> how it is written;
    `readers`: of fields that are written in a way of their own; `repeated`: of these, those given more than once.
    """

    kind: RecordType
    short: Mapping[str, str] = field(default_factory=dict)
    shapes: Mapping[str, str] = field(default_factory=dict)
    readers: Mapping[str, Reader] = field(default_factory=dict)
    repeated: tuple[str, ...] = ()

    def option_of(self, name: str) -> str:
        """`--role-group` for `role_group`."""
        return "--" + self.short.get(name, name).replace("_", "-")

    @contextmanager
    def refusals(self, lang: str) -> Iterator[None]:
        """What the records refuse, by the option that was typed instead of its field. Raises Refusal."""
        try:
            yield
        except RecordError as error:
            name = re.split(r"[.\[]", error.field)[0]
            where = self.option_of(name) + error.field.removeprefix(name) if name in self.kind.fields else error.field
            said = f"{where}: {again(lang, error.message)}" if where else again(lang, error.message)
            raise Refusal(error.problem, said, Sentence("next_record"), field=error.field) from None

    def field_of(self, typed: str, lang: str = "en") -> str:
        """The field meant by its own name or by that of its option. Raises Usage."""
        by_option = {self.option_of(name).removeprefix("--"): name for name in self.kind.fields}
        choices = {name: label(lang, f"field.{self.kind.name}", name) for name in self.kind.fields}
        return by_option.get(typed.removeprefix("--"), "") or pick("--remove", typed, choices)

    def options(self, function: Callable[..., None]) -> Callable[..., None]:
        """Gives `function` an option for each field, in the place of its `**typed`."""
        signature = inspect.signature(function, eval_str=True)
        own = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
        # In the order of the panels: what is needed stands above what can wait.
        specs = sorted(self.kind.fields.values(), key=lambda spec: (not spec.quick, not _needed(spec)))
        options = [self._parameter(spec) for spec in specs]
        function.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
        setattr(function, SAID_IN, self.said_in)
        return function

    def read(self, typed: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
        """The fields that were typed: option value -> field value. Raises Usage."""
        given = {name: value for name, value in typed.items() if value is not None}
        return {name: self._read(self.kind.fields[name], value, reading) for name, value in given.items()}

    def require(self, typed: Mapping[str, Any], reading: Reading) -> None:
        """Raises Usage with the codes of every option that is missing."""
        specs = [spec for spec in self.kind.fields.values() if _needed(spec)]
        missing = [spec for spec in specs if not typed.get(spec.name)]
        if missing:
            lists = "".join(f"\n{self.option_of(spec.name)}\n{listing(choices(spec, reading))}" for spec in missing)
            options = [self.option_of(spec.name) for spec in missing]
            kind = label(reading.lang, "record_type", self.kind.name)
            needed = Sentence("use_needs", kind=kind, options=", ".join(options), codes=lists)
            every = Sentence("use_needed", number=len(specs)) if len(specs) > 1 else Sentence("use_needed_one")
            raise Usage(needed, every, missing=options)

    def is_many(self, spec: FieldSpec) -> bool:
        """Whether its option is given more than once."""
        return spec.name in self.repeated or (spec.kind == "codes" and spec.name not in self.readers)

    def help_of(self, spec: FieldSpec, lang: str, *, new: bool = True) -> str:
        """What is said of its option. `new`: whether a field that is left out gets its default."""
        codes = codes_of(spec)
        shape = again(lang, self.shapes.get(spec.name) or _shape(spec, lang, new=new))
        parts = [f"{label(lang, f'field.{self.kind.name}', spec.name)}.", shape]
        parts += [f"{', '.join(code_list(codes).codes)}." if codes else ""]
        return " ".join(filter(None, parts))

    def said_in(self, lang: str) -> dict[str, tuple[str, str]]:
        """Option, by its field -> its help and panel."""
        fields = self.kind.fields.values()
        return {spec.name: (self.help_of(spec, lang), again(lang, _panel(self.kind, spec))) for spec in fields}

    def _parameter(self, spec: FieldSpec) -> inspect.Parameter:
        help_, panel = self.said_in("en")[spec.name]
        option = typer.Option(self.option_of(spec.name), help=help_, rich_help_panel=panel)
        kind: Any = list[str] | None if self.is_many(spec) else str | None
        annotation = Annotated[kind, option]
        return inspect.Parameter(spec.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)

    def _read(self, spec: FieldSpec, value: Any, reading: Reading) -> Any:
        option = self.option_of(spec.name)
        if spec.name in self.readers:
            return self.readers[spec.name](spec, value, reading)
        match spec.kind:
            case "code":
                return _pick(spec, option, value, reading)
            case "codes":
                return [_pick(spec, option, each, reading) for each in value]
            case "index" | "int" if value.isascii() and value.isdigit() and len(value) < 10:
                return int(value)
            case "index":
                known = list(choices(spec, reading))
                return known.index(_pick(spec, option, value, reading))
            case "int":
                raise Usage(Sentence("use_whole", option=option, typed=value), Sentence("use_digits"))
        return value


def codes_of(spec: FieldSpec) -> str:
    """The name of the code list that a field, or its primary part, is chosen from; empty for lists of the programme."""
    primary = spec.fields.get("primary")
    return spec.codes or (primary.codes if primary is not None else None) or ""


def choices(spec: FieldSpec, reading: Reading) -> dict[str, str]:
    """Code -> label of what a field may be chosen from; empty for other fields, and before the first sync.

    Of a list that the programme narrows, such as the units, what it has, under its own names.
    """
    codes = codes_of(spec)
    own = names_of(reading.programme, spec.programme_list) if spec.programme_list else {}
    if not codes:
        return {code: name or code for code, name in own.items()}
    allowed = [code for code in code_list(codes).codes if not own or code in own or code in spec.always]
    return {code: own.get(code) or label(reading.lang, codes, code) for code in allowed}


def names_of(programme: Fields | None, name: str) -> dict[str, str]:
    """Code -> name ("" if it has none) of one of the programme's own lists, in order; empty before the first sync."""
    codes = programme_list(programme, name) or []
    entries: Any = programme.get(name) if programme is not None else None
    return {code: str(entry.get("name", "")) for code, entry in zip(codes, entries or [], strict=True) if code}


def _pick(spec: FieldSpec, option: str, typed: str, reading: Reading) -> str:
    known = choices(spec, reading)
    if not known:
        raise Usage(Sentence("use_no_list", option=option), Sentence("use_leave_out"))
    return pick(option, typed, known)


def _shape(spec: FieldSpec, lang: str, *, new: bool) -> str:
    listed = label(lang, "field.programme", spec.programme_list).lower() if spec.programme_list else ""
    match spec.kind:
        case "date":
            return Sentence("help_today") if new and spec.default == "today" else Sentence("help_day")
        case "time":
            return Sentence("help_time")
        case "int":
            return Sentence("help_between", least=spec.min, most=spec.max)
        case "index":
            return Sentence("help_place", list=listed)
        case "code" if listed and not spec.codes:
            return Sentence("help_own_code", list=listed)
        case "codes" if listed and not spec.codes:
            return Sentence("help_own_codes", list=listed)
    return ""


def _panel(kind: RecordType, spec: FieldSpec) -> str:
    if spec.group_only:
        return Sentence("panel_group")
    if kind.quick_fields:
        return Sentence("panel_taps") if spec.quick else Sentence("panel_later")
    return Sentence("panel_needed") if _needed(spec) else Sentence("panel_details")


def _needed(spec: FieldSpec) -> bool:
    return spec.required and spec.default is None
