"""The words of a drop page's own, in the languages that cards speak; any other language has English ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class PageWords:
    """What a page says in one language."""

    language: str
    opens_in: str
    """Before a countdown."""
    soon: str
    """After the countdown, until the film is there."""
    open_until: str
    """Before a time."""
    from_to: str
    """A window: {opens} and {closes} are times."""
    closed: str
    not_open: str
    """Where the time of the next opening is not known."""
    elsewhere: str
    ticket: str
    failed: str
    unplayable: str
    retry: str
    play: str
    times: str
    """Heading of the windows."""
    more: str
    """Name of the links."""
    tickets: str
    shop: str
    donations: str
    mailing_list: str
    sound: str
    subtitles: str
    none: str
    script: str
    """For browsers without scripts, before the entry's address."""


_ENGLISH: Final = PageWords(
    language="en",
    opens_in="Opens in",
    soon="It opens any moment now.",
    open_until="Open until",
    from_to="{opens} to {closes}",
    closed="This film has closed.",
    not_open="This film is not open now.",
    elsewhere="This film is not open in your country.",
    ticket="You need a ticket to watch this film.",
    failed="The film cannot be reached just now.",
    unplayable="This browser cannot play the film.",
    retry="Try again",
    play="Play the film",
    times="When it is open",
    more="More about this film",
    tickets="Tickets",
    shop="Shop",
    donations="Support this film",
    mailing_list="Mailing list",
    sound="Sound",
    subtitles="Subtitles",
    none="None",
    script="The countdown and the player need scripts. Some players open the film without:",
)
_WORDS: Final[Mapping[str, PageWords]] = {
    "en": _ENGLISH,
    "de": PageWords(
        language="de",
        opens_in="Öffnet in",
        soon="Gleich geht es los.",
        open_until="Offen bis",
        from_to="{opens} bis {closes}",
        closed="Dieser Film ist nicht mehr zu sehen.",
        not_open="Dieser Film ist gerade nicht zu sehen.",
        elsewhere="Dieser Film ist in Ihrem Land nicht zu sehen.",
        ticket="Für diesen Film brauchen Sie eine Karte.",
        failed="Der Film ist gerade nicht zu erreichen.",
        unplayable="Dieser Browser kann den Film nicht abspielen.",
        retry="Noch einmal versuchen",
        play="Film abspielen",
        times="Wann er zu sehen ist",
        more="Mehr zu diesem Film",
        tickets="Karten",
        shop="Shop",
        donations="Den Film unterstützen",
        mailing_list="Newsletter",
        sound="Ton",
        subtitles="Untertitel",
        none="Keine",
        script="Countdown und Player brauchen Skripte. Manche Player öffnen den Film auch ohne:",
    ),
    "es": PageWords(
        language="es",
        opens_in="Se estrena en",
        soon="Empieza en un momento.",
        open_until="Disponible hasta",
        from_to="{opens} a {closes}",
        closed="Esta película ya no está disponible.",
        not_open="Esta película no está disponible ahora.",
        elsewhere="Esta película no está disponible en su país.",
        ticket="Necesita una entrada para ver esta película.",
        failed="Ahora no se puede acceder a la película.",
        unplayable="Este navegador no puede reproducir la película.",
        retry="Intentarlo de nuevo",
        play="Ver la película",
        times="Cuándo está disponible",
        more="Más sobre esta película",
        tickets="Entradas",
        shop="Tienda",
        donations="Apoyar la película",
        mailing_list="Lista de correo",
        sound="Sonido",
        subtitles="Subtítulos",
        none="Ninguno",
        script="La cuenta atrás y el reproductor necesitan scripts. Algunos reproductores abren la película sin ellos:",
    ),
    "fr": PageWords(
        language="fr",
        opens_in="Ouverture dans",
        soon="Le film commence dans un instant.",
        open_until="Disponible jusqu’au",
        from_to="{opens} au {closes}",
        closed="Ce film n’est plus disponible.",
        not_open="Ce film n’est pas disponible en ce moment.",
        elsewhere="Ce film n’est pas disponible dans votre pays.",
        ticket="Il faut un billet pour voir ce film.",
        failed="Le film est injoignable pour le moment.",
        unplayable="Ce navigateur ne peut pas lire le film.",
        retry="Réessayer",
        play="Voir le film",
        times="Quand il est disponible",
        more="En savoir plus sur ce film",
        tickets="Billets",
        shop="Boutique",
        donations="Soutenir le film",
        mailing_list="Liste de diffusion",
        sound="Son",
        subtitles="Sous-titres",
        none="Aucun",
        script="Le compte à rebours et le lecteur ont besoin de scripts. Certains lecteurs ouvrent le film sans :",
    ),
    "it": PageWords(
        language="it",
        opens_in="Apre tra",
        soon="Comincia tra un istante.",
        open_until="Disponibile fino a",
        from_to="{opens} – {closes}",
        closed="Questo film non è più disponibile.",
        not_open="Questo film non è disponibile ora.",
        elsewhere="Questo film non è disponibile nel tuo paese.",
        ticket="Per vedere questo film serve un biglietto.",
        failed="Il film non è raggiungibile in questo momento.",
        unplayable="Questo browser non può riprodurre il film.",
        retry="Riprova",
        play="Guarda il film",
        times="Quando è disponibile",
        more="Altro su questo film",
        tickets="Biglietti",
        shop="Negozio",
        donations="Sostieni il film",
        mailing_list="Newsletter",
        sound="Audio",
        subtitles="Sottotitoli",
        none="Nessuno",
        script="Il conto alla rovescia e il lettore richiedono script. Alcuni lettori aprono il film anche senza:",
    ),
    "pt": PageWords(
        language="pt",
        opens_in="Estreia em",
        soon="Começa dentro de instantes.",
        open_until="Disponível até",
        from_to="{opens} a {closes}",
        closed="Este filme já não está disponível.",
        not_open="Este filme não está disponível agora.",
        elsewhere="Este filme não está disponível no seu país.",
        ticket="É preciso um bilhete para ver este filme.",
        failed="Não é possível aceder ao filme neste momento.",
        unplayable="Este navegador não consegue reproduzir o filme.",
        retry="Tentar novamente",
        play="Ver o filme",
        times="Quando está disponível",
        more="Mais sobre este filme",
        tickets="Bilhetes",
        shop="Loja",
        donations="Apoiar o filme",
        mailing_list="Lista de correio",
        sound="Som",
        subtitles="Legendas",
        none="Nenhuma",
        script="A contagem e o leitor precisam de scripts. Alguns leitores abrem o filme sem eles:",
    ),
}


def page_words(language: str | None) -> PageWords:
    """Return the words of a page in a language, a BCP 47 tag; English ones for none and for an unknown one."""
    return _WORDS.get((language or "en").partition("-")[0].lower(), _ENGLISH)
