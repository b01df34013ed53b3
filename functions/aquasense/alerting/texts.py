"""The phrases of mails, in Spanish and in English."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter

from aquasense.datasets import Dataset
from aquasense.quality.registry import QUALITY_TESTS

_DOUBTS = {test.name: test.doubt for test in QUALITY_TESTS.values() if test.doubt}


@dataclass(frozen=True, slots=True)
class Language:
    """The phrases of one language; pairs are for one and for several readings.

    Attributes:
        title: function that returns a dataset's title in the language.
        above, changed, retracted: headings of the lists.
        line, before, doubtful: of an entry above the threshold.
        now, withdrawn: of a retraction, with and without a current reading.
        reviewed: of a retraction because a review calls the reading bad.
        doubts: reasons to doubt a value, by quality test.
        more: number of entries left out.
        history, meaning, links: paragraphs.
        source, gone: last line of the mail for an upload and for a withdrawal.
    """

    title: Callable[[Dataset], str]
    above: tuple[str, str]
    changed: tuple[str, str]
    retracted: tuple[str, str]
    line: str
    before: str
    now: str
    withdrawn: str
    reviewed: str
    doubtful: str
    doubts: Mapping[str, str]
    more: str
    history: str
    meaning: str
    links: str
    source: str
    gone: str


SPANISH = Language(
    title=attrgetter("title_es"),
    above=(
        "1 lectura con una desviación superior al umbral de {threshold} {symbol}:",
        "{count} lecturas con una desviación superior al umbral de {threshold} {symbol}:",
    ),
    changed=(
        "1 lectura ya avisada tiene otro valor, todavía superior al umbral:",
        "{count} lecturas ya avisadas tienen otro valor, todavía superior al umbral:",
    ),
    retracted=("1 aviso se retira:", "{count} avisos se retiran:"),
    line="desviación {deviation} {symbol} ({above} por encima), media {mean} {symbol}",
    before=" (antes {before})",
    now="antes {before} {symbol}, ahora {deviation} {symbol}: no supera el umbral",
    withdrawn="antes {before} {symbol}, ahora sin lectura",
    reviewed="antes {before} {symbol}, lectura revisada como mala: ya no cuenta",
    doubtful=" [DUDOSA: {why}]",
    doubts={name: doubt.es for name, doubt in _DOUBTS.items()},
    more="y {count} más, hasta el {last}.",
    history="Son datos históricos: el resumen de una carga, no un aviso de hoy.",
    meaning="""\
Qué puede significar: la desviación sigue la diferencia entre las estaciones de la laguna, así
que un valor alto dice más bien «el agua es desigual» que «el agua ha cambiado esta semana». Es
un indicio, no un diagnóstico: mire las estaciones antes de actuar.""",
    links="Las cifras de esos meses:",
    source="Fichero {file}, subido {time} (subida {upload}).",
    gone="Fichero {file}, borrado {time} (subida {upload}).",
)
ENGLISH = Language(
    title=attrgetter("title"),
    above=(
        "1 reading with a deviation above the threshold of {threshold} {symbol}:",
        "{count} readings with a deviation above the threshold of {threshold} {symbol}:",
    ),
    changed=(
        "1 reading announced before has another value, still above the threshold:",
        "{count} readings announced before have another value, still above the threshold:",
    ),
    retracted=("1 alert is retracted:", "{count} alerts are retracted:"),
    line="deviation {deviation} {symbol} ({above} above), mean {mean} {symbol}",
    before=" (before: {before})",
    now="before {before} {symbol}, now {deviation} {symbol}: not above the threshold",
    withdrawn="before {before} {symbol}, now without a reading",
    reviewed="before {before} {symbol}, the reading was reviewed as bad and no longer counts",
    doubtful=" [DOUBTFUL: {why}]",
    doubts={name: doubt.en for name, doubt in _DOUBTS.items()},
    more="and {count} more, up to {last}.",
    history="This is history: the summary of a load of data, not an alert of today.",
    meaning="""\
What it may mean: the deviation follows the spread between the lagoon's stations, so a high
value more likely says "the water is uneven" than "the water changed this week". It is a hint,
not a diagnosis: look at the stations before acting on it.""",
    links="The figures of those months:",
    source="File {file}, uploaded {time} (upload {upload}).",
    gone="File {file}, deleted {time} (upload {upload}).",
)
