"""The words of a run sheet's own, in the languages that drop pages have; any other language has English ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pipeline.evening import EveningKind


@dataclass(frozen=True)
class SheetWords:
    """What a run sheet says in one language."""

    language: str
    run_sheet: str
    films: tuple[str, str]
    """Of one film, and of {count}."""
    plays: str
    """Before how long the block plays."""
    ends: str
    """Before the time at which it ends."""
    loudness: str
    """{lufs} is a number: what all films are brought to, and what follows for who holds the volume."""
    begins: str
    """Over the times where nobody said when the block begins: they count from its start."""
    evening: str
    """Heading of what happens around the block."""
    all_along: str
    """Of what goes on while other things happen."""
    slate: str
    """Before how long a film's card is shown, which comes before it."""
    sound: str
    """Before what happens to a film's sound."""
    silent: str
    plays_at: str
    """{lufs} is a number."""
    quieter: str
    """Of a film that could not be brought to what all are; {lu} is a number."""
    fades_in: str
    """{seconds} is a number."""
    fades_out: str
    content: str
    """Before what viewers should be told of a film."""
    subtitles: str
    """{languages} are names."""
    wordless: str
    """Of a film in which nobody speaks."""
    leader: str
    intermission: str
    black: str
    card: str
    page: str
    """{page} of {pages}."""
    clocks: str
    """Clocks are changed here; {zone} is what they show from then on."""
    kinds: tuple[str, ...]
    """What happens in an evening, in the order of `_KINDS`."""

    def of_kind(self, what: EveningKind) -> str:
        """Return what a kind of happening is called."""
        return self.kinds[_KINDS.index(what)]


_KINDS: Final[tuple[EveningKind, ...]] = (
    "doors", "block", "talk", "stream", "merch", "break", "food", "music", "other",
)  # fmt: skip
_ENGLISH: Final = SheetWords(
    language="en",
    run_sheet="Run sheet",
    films=("1 film", "{count} films"),
    plays="plays",
    ends="ends",
    loudness="Sound: every film plays at {lufs} LUFS. Set the volume with the first and leave it.",
    begins="Times count from the moment you press play.",
    evening="The evening",
    all_along="all along",
    slate="card before:",
    sound="Sound:",
    silent="silent",
    plays_at="at {lufs} LUFS",
    quieter="{lu} LU quieter than the others: turn it up by {lu} dB, and down after it",
    fades_in="fades in over {seconds} s",
    fades_out="fades out over {seconds} s",
    content="Content:",
    subtitles="subtitles: {languages}",
    wordless="no dialogue",
    leader="Countdown",
    intermission="Intermission",
    black="Black",
    card="Card",
    page="page {page} of {pages}",
    clocks="clocks change: {zone}",
    kinds=("Doors", "Films", "Artist talk", "Stream", "Merch table", "Break", "Food and drinks", "Music", "Also"),
)
_WORDS: Final[Mapping[str, SheetWords]] = {
    "en": _ENGLISH,
    "de": SheetWords(
        language="de",
        run_sheet="Ablaufplan",
        films=("1 Film", "{count} Filme"),
        plays="läuft",
        ends="endet",
        loudness="Ton: Alle Filme spielen bei {lufs} LUFS. Lautstärke beim ersten einstellen und dann so lassen.",
        begins="Die Zeiten zählen ab dem Druck auf Start.",
        evening="Der Abend",
        all_along="durchgehend",
        slate="Tafel davor:",
        sound="Ton:",
        silent="stumm",
        plays_at="bei {lufs} LUFS",
        quieter="{lu} LU leiser als die anderen: um {lu} dB lauter stellen, danach zurück",
        fades_in="blendet in {seconds} s ein",
        fades_out="blendet in {seconds} s aus",
        content="Inhalt:",
        subtitles="Untertitel: {languages}",
        wordless="ohne Dialog",
        leader="Countdown",
        intermission="Pause",
        black="Schwarzbild",
        card="Tafel",
        page="Seite {page} von {pages}",
        clocks="Zeitumstellung: {zone}",
        kinds=(
            "Einlass",
            "Filme",
            "Gespräch",
            "Stream",
            "Verkaufstisch",
            "Pause",
            "Essen und Trinken",
            "Musik",
            "Außerdem",
        ),
    ),
    "es": SheetWords(
        language="es",
        run_sheet="Escaleta",
        films=("1 película", "{count} películas"),
        plays="dura",
        ends="termina",
        loudness="Sonido: todas las películas suenan a {lufs} LUFS. Ajuste el volumen con la primera y déjelo así.",
        begins="Los tiempos cuentan desde que se pulsa reproducir.",
        evening="La velada",
        all_along="todo el tiempo",
        slate="cartela antes:",
        sound="Sonido:",
        silent="sin sonido",
        plays_at="a {lufs} LUFS",
        quieter="{lu} LU más baja que las demás: suba el volumen {lu} dB y bájelo después",
        fades_in="entra en fundido de {seconds} s",
        fades_out="sale en fundido de {seconds} s",
        content="Contenido:",
        subtitles="subtítulos: {languages}",
        wordless="sin diálogos",
        leader="Cuenta atrás",
        intermission="Descanso",
        black="Negro",
        card="Cartela",
        page="página {page} de {pages}",
        clocks="cambio de hora: {zone}",
        kinds=(
            "Apertura",
            "Películas",
            "Coloquio",
            "Emisión",
            "Mesa de venta",
            "Pausa",
            "Comida y bebida",
            "Música",
            "Además",
        ),
    ),
    "fr": SheetWords(
        language="fr",
        run_sheet="Conducteur",
        films=("1 film", "{count} films"),
        plays="durée",
        ends="fin",
        loudness="Son : tous les films passent à {lufs} LUFS. Réglez le volume sur le premier et n’y touchez plus.",
        begins="Les temps comptent à partir de la mise en lecture.",
        evening="La soirée",
        all_along="en continu",
        slate="carton avant :",
        sound="Son :",
        silent="muet",
        plays_at="à {lufs} LUFS",
        quieter="{lu} LU de moins que les autres : montez de {lu} dB, puis revenez",
        fades_in="fondu d’ouverture de {seconds} s",
        fades_out="fondu de fermeture de {seconds} s",
        content="Contenu :",
        subtitles="sous-titres : {languages}",
        wordless="sans dialogue",
        leader="Décompte",
        intermission="Entracte",
        black="Noir",
        card="Carton",
        page="page {page} sur {pages}",
        clocks="changement d’heure : {zone}",
        kinds=(
            "Ouverture",
            "Films",
            "Rencontre",
            "Diffusion en ligne",
            "Stand",
            "Pause",
            "Restauration",
            "Musique",
            "Aussi",
        ),
    ),
    "it": SheetWords(
        language="it",
        run_sheet="Scaletta",
        films=("1 film", "{count} film"),
        plays="dura",
        ends="finisce",
        loudness="Audio: tutti i film suonano a {lufs} LUFS. Regolate il volume con il primo e lasciatelo così.",
        begins="I tempi contano da quando si preme play.",
        evening="La serata",
        all_along="per tutta la serata",
        slate="cartello prima:",
        sound="Audio:",
        silent="muto",
        plays_at="a {lufs} LUFS",
        quieter="{lu} LU più basso degli altri: alzate di {lu} dB e poi riabbassate",
        fades_in="dissolvenza in apertura di {seconds} s",
        fades_out="dissolvenza in chiusura di {seconds} s",
        content="Contenuto:",
        subtitles="sottotitoli: {languages}",
        wordless="senza dialoghi",
        leader="Conto alla rovescia",
        intermission="Intervallo",
        black="Nero",
        card="Cartello",
        page="pagina {page} di {pages}",
        clocks="cambio dell’ora: {zone}",
        kinds=(
            "Apertura",
            "Film",
            "Incontro",
            "Streaming",
            "Banchetto",
            "Pausa",
            "Cibo e bevande",
            "Musica",
            "Inoltre",
        ),
    ),
    "pt": SheetWords(
        language="pt",
        run_sheet="Alinhamento",
        films=("1 filme", "{count} filmes"),
        plays="dura",
        ends="termina",
        loudness="Som: todos os filmes tocam a {lufs} LUFS. Acerte o volume com o primeiro e não lhe mexa mais.",
        begins="Os tempos contam a partir do momento em que se inicia a reprodução.",
        evening="A noite",
        all_along="durante toda a noite",
        slate="cartão antes:",
        sound="Som:",
        silent="sem som",
        plays_at="a {lufs} LUFS",
        quieter="{lu} LU mais baixo do que os outros: suba {lu} dB e baixe depois",
        fades_in="entra com fusão de {seconds} s",
        fades_out="sai com fusão de {seconds} s",
        content="Conteúdo:",
        subtitles="legendas: {languages}",
        wordless="sem diálogos",
        leader="Contagem",
        intermission="Intervalo",
        black="Negro",
        card="Cartão",
        page="página {page} de {pages}",
        clocks="mudança da hora: {zone}",
        kinds=(
            "Abertura",
            "Filmes",
            "Conversa",
            "Transmissão",
            "Banca",
            "Pausa",
            "Comida e bebida",
            "Música",
            "Também",
        ),
    ),
}


def sheet_words(language: str | None) -> SheetWords:
    """Return the words of a run sheet in a language, a BCP 47 tag; English ones for none and for an unknown one."""
    return _WORDS.get((language or "en").partition("-")[0].lower(), _ENGLISH)
