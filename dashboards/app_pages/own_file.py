"""Which columns of my own export are which?"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st

from dashboards.languages.messages import _
from dashboards.languages.writing import listed
from ingest.contract import CONTRACT
from ingest.errors import IntakeError
from ingest.finding.exports import readable_export
from ingest.finding.fetch import incoming_folder
from ingest.finding.find import find_files
from ingest.loading.rehearse import Rehearsal, rehearse
from ingest.mapping.as_provider import as_provider
from ingest.mapping.mapping import EVERY, ColumnMapping, Field, write_mapping
from ingest.mapping.suggest import Known, encoding_of, suggest, unused
from warehouse.settings import Settings

KINDS = ["csv", "xlsx", "parquet"]
NOTHING = "–"
#: What a column of the contract is, by section; under ``every`` as the first entity has it.
MEANINGS = {
    section: {column.name: column.meaning for column in reversed(columns)}
    for section, columns in [
        (EVERY, [column for entity in CONTRACT for column in entity.columns]),
        *((entity.name, list(entity.columns)) for entity in CONTRACT),
    ]
}
CHOICES = {
    f"{section}.{column}": (section, column) for section, columns in MEANINGS.items() for column in columns
}


@contextmanager
def written(name: str, content: bytes) -> Iterator[Path]:
    """Write the upload for the block, where the next load removes it should the server be killed."""
    with incoming_folder(Settings.from_environment().home) as folder:
        path = folder / Path(name).name
        path.write_bytes(content)
        yield path


@st.cache_data(max_entries=5, show_spinner=_("Reading the names of the columns …"), hash_funcs={Known: repr})
def look(name: str, content: bytes, called: str, known: Known) -> tuple[ColumnMapping, list[str]]:
    """Suggest a mapping of the upload; return the columns of which it knows nothing, too."""
    settings = Settings.from_environment()
    with written(name, content) as path:
        encoding = encoding_of(path)
        with readable_export(path, encoding, settings.home) as export:
            couriers = settings.dbt_project / "seeds" / "couriers.csv"
            mapping = suggest(export, called, known, encoding, couriers)
            return mapping, unused(export, mapping)


@st.cache_data(
    max_entries=5,
    show_spinner=_("Reading the file by this mapping; nothing is loaded …"),
    hash_funcs={ColumnMapping: repr},
)
def preview(name: str, content: bytes, mapping: ColumnMapping) -> Rehearsal:
    """Tell what loading the upload would do."""
    settings, sender = Settings.from_environment(), as_provider(mapping)
    with (
        written(name, content) as path,
        readable_export(path, mapping.encoding, settings.home) as export,
    ):
        files = find_files(sender, [export]).files
        return rehearse(sender, files, mapping.options, settings.dbt_project / "seeds")


def ask_known(called: str) -> tuple[str, Known]:
    """Ask for what the file does not say."""
    seeds = Settings.from_environment().dbt_project / "seeds"
    platforms = pl.read_csv(seeds / "platforms.csv", infer_schema_length=0)
    left, middle, right = st.columns(3)
    name = left.text_input(_("Name of the mapping"), called, help=_("Your shop is called so, too."))
    platform = middle.selectbox(_("Sold on"), platforms["platform_id"].to_list())
    of_platform = platforms.row(by_predicate=pl.col("platform_id") == platform, named=True)
    currency = right.text_input(_("Currency, where the file does not say"), of_platform["currency"] or "")
    zone = left.text_input(_("Time zone of times that carry none"), of_platform["time_zone"])
    return re.sub(r"\W+", "_", name).strip("_").lower(), Known(platform, currency, zone)


def edit_columns(mapping: ColumnMapping, others: list[str]) -> dict[str, dict[str, Field]]:
    """Let the reader correct which column is which; return the sections."""
    of_file, meant, meaning = _("Column of the file"), _("Is"), _("What that is")
    rows: list[dict[str, Any]] = [
        {
            of_file: said.column,
            meant: f"{section}.{column}",
            meaning: MEANINGS[section][column],
        }
        for section, fields in mapping.sections.items()
        for column, said in fields.items()
        if said.column
    ]
    rows += [{of_file: column, meant: NOTHING, meaning: _("not used")} for column in others]
    edited = st.data_editor(
        rows,
        key="columns",
        hide_index=True,
        disabled=[of_file, meaning],
        column_config={meant: st.column_config.SelectboxColumn(options=[NOTHING, *CHOICES], required=True)},
    )
    sections: dict[str, dict[str, Field]] = {
        section: {column: said for column, said in fields.items() if not said.column}
        for section, fields in mapping.sections.items()
    }
    for row in edited:
        if row[meant] != NOTHING:
            section, column = CHOICES[row[meant]]
            was = mapping.sections.get(section, {}).get(column, Field())
            is_same = was.column == row[of_file]
            said = was if is_same else Field(column=row[of_file])
            sections.setdefault(section, {})[column] = said
    return sections


def edit_words(mapping: ColumnMapping, found: Rehearsal | None) -> dict[str, dict[str, str]]:
    """Let the reader say what the file's words mean; return them by column."""
    of_contract, of_file, meant = _("Column"), _("Word of the file"), _("Code")
    rows = [
        {of_contract: column, of_file: word, meant: code}
        for column, words in mapping.words.items()
        for word, code in words.items()
    ]
    rows += [
        {of_contract: column, of_file: word, meant: ""}
        for column, word, *_count in (found.unmapped if found else ())
    ]
    if not rows:
        return {}
    st.subheader(_("What its words mean"), anchor=False)
    st.caption(_("A word that you leave empty is loaded as it is, and counted as unknown on Data health."))
    edited = st.data_editor(rows, key="words", hide_index=True, disabled=[of_contract, of_file])
    words: dict[str, dict[str, str]] = {}
    for row in edited:
        if row[meant]:
            words.setdefault(row[of_contract], {})[row[of_file]] = row[meant]
    return words


def show_preview(found: Rehearsal) -> None:
    """Draw what would be read, and what could not."""
    for sentence in found.unread:
        st.error(sentence)
    st.dataframe(
        [
            {
                _("Entity"): load.entity,
                _("Rows read"): load.read_count,
                _("Would be loaded"): load.loaded_count,
                _("Duplicates"): load.duplicate_count,
                _("Cannot be read"): load.quarantined_count,
            }
            for load in found.loads
        ],
        hide_index=True,
    )
    if found.reasons:
        st.subheader(_("What could not be read"), anchor=False)
        names = (_("Entity"), _("Reason"), _("Column"), _("Rows"))
        st.dataframe([dict(zip(names, row, strict=True)) for row in found.reasons], hide_index=True)


def show() -> None:
    """Draw the page."""
    st.caption(
        _(
            "An export of any shop system, CSV, Excel or Parquet, with a line of names. It is read here and "
            "not kept; what you say of it is, as a mapping by which `waymart ingest` loads this file and the "
            "next."
        )
    )
    upload = st.file_uploader(_("Your export"), KINDS)
    if upload is None:
        return
    called, known = ask_known(Path(upload.name).stem)
    content = upload.getvalue()
    try:
        suggested, others = look(upload.name, content, called, known)
        st.subheader(_("Which column is which"), anchor=False)
        mapping = replace(suggested, sections=edit_columns(suggested, others))
        missing = [
            _(
                "{entity} need {columns}",
                entity=entity.name,
                columns=listed([column.name for column in wanting]),
            )
            for entity in CONTRACT
            if entity.name in mapping.sections and (wanting := mapping.missing(entity))
        ]
        if missing:
            st.warning(_("Not read yet: {reasons}.", reasons="; ".join(missing)))
        if not [*mapping.entities()]:
            return
        words = edit_words(mapping, preview(upload.name, content, mapping))
        mapping = replace(mapping, words=words)
        st.subheader(_("What would be read"), anchor=False)
        show_preview(preview(upload.name, content, mapping))
    except IntakeError as error:
        st.error(str(error))
        return
    path = Settings.from_environment().mappings / f"{called}.toml"
    if st.button(_("Keep this mapping"), type="primary", icon=":material/save:"):
        write_mapping(mapping, path)
        st.success(_("Kept as {file}. Load the file:", file=path.name))
        st.code(f"waymart ingest --mapping {called} {upload.name}", language="sh")


show()
