"""What else people call the house's words: a dossier's own word is none of these, or one thing would have two words."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches

# As words and as labels, in English and in the languages that the house has wording for.
OF_TYPES: Mapping[str, tuple[str, ...]] = {
    "attack": ("attacks", "aanval", "هجوم"),
    "ground_offensive": ("ground_assault", "grondoffensief"),
    "missile_strike": ("missile_attack", "raketaanval"),
    "airstrike": ("air_strike", "air_raid", "airstrikes", "luchtaanval", "غارة جوية"),
    "airstrike_campaign": ("air_campaign", "bombing_campaign"),
    "shelling": ("bombardment", "artillery_fire", "beschieting", "قصف"),
    "bombing": ("bomb_attack", "bomaanslag", "تفجير"),
    "ambush": ("hinderlaag", "كمين"),
    "raid": ("inval", "مداهمة"),
    "clash": ("clashes", "gevecht", "اشتباك"),
    "siege": ("beleg", "حصار"),
    "capture": ("seizure", "verovering"),
    "advance": ("opmars",),
    "withdrawal": ("retreat", "pullout", "terugtrekking", "انسحاب"),
    "transfer": ("handover", "overdracht"),
    "surrender": ("capitulation", "overgave", "استسلام"),
    "hostage_taking": ("gijzeling",),
    "execution": ("executions", "executie", "إعدام"),
    "massacre": ("bloedbad", "مجزرة"),
    "abduction": ("kidnapping", "kidnap", "ontvoering", "خطف"),
    "release": ("vrijlating",),
    "evacuation": ("evacuatie", "إجلاء"),
    "displacement": ("ontheemding", "نزوح"),
    "pause": ("lull",),
    "ceasefire": ("cease_fire", "truce", "wapenstilstand", "staakt_het_vuren", "هدنة"),
    "agreement": ("overeenkomst",),
    "proclamation": ("proclamatie",),
    "arrest": ("arrests", "arrestatie", "اعتقال"),
    "protest": ("demonstration", "protests", "demonstratie", "مظاهرة"),
    "flood": ("flooding", "floods", "overstroming", "فيضان"),
    "earthquake": ("quake", "aardbeving", "زلزال"),
    "storm": ("عاصفة",),
    "wildfire": ("forest_fire", "bushfire", "bosbrand"),
    "other": ("unspecified", "overig"),
}


OF_MEASURES: Mapping[str, tuple[str, ...]] = {
    "killed": ("fatalities", "slain", "gedood", "قتلى"),
    "died": ("dead", "deaths", "dead_people", "overleden", "doden", "متوفون"),
    "injured": ("wounded", "hurt", "injuries", "gewond", "gewonden", "جرحى"),
    "casualties": ("killed, hurt or lost", "slachtoffers", "ضحايا"),
    "captured": ("taken_prisoner", "gevangengenomen"),
    "surrendered": ("gave_themselves_up", "overgegeven"),
    "missing": ("disappeared", "vermist", "vermisten", "مفقودون"),
    "taken_hostage": ("gegijzeld",),
    "held_hostage": ("hostages", "hostages_held"),
    "evacuated": ("evacuees", "geëvacueerd"),
    "displaced": ("displaced_people", "idps", "ontheemd", "ontheemden", "نازحون"),
    "affected": ("affected_people", "getroffen"),
    "damaged": ("beschadigd",),
    "destroyed": ("demolished", "verwoest"),
    "present": ("aanwezig",),
    "fighters": ("strijders", "مقاتلون"),
    "area": ("surface", "oppervlakte"),
    "territory_share": ("share of the territory",),
}
OF_UNITS: Mapping[str, tuple[str, ...]] = {
    "people": ("persons", "person", "individuals", "mensen", "personen", "أشخاص"),
    "families": ("family", "gezinnen", "عائلات"),
    "buildings": ("building", "gebouwen", "مبانٍ"),
    "km2": ("km²", "sq_km", "square_kilometres", "square_kilometers", "كم²"),
    "percent": ("%", "pct", "percentage", "٪"),
}


# Of other fields of the house's words, by the word; told to whoever writes them, and taken for none of its words.
OF_FIELDS: Mapping[str, tuple[str, ...]] = {
    "about": ("approx", "approximately", "around", "circa", "ca", "c", "roughly", "estimated"),
    "at_least": ("minimum", "min", "no_fewer_than", "no_less_than"),
    "at_most": ("maximum", "max", "up_to", "no_more_than"),
    "more_than": ("over", "above"),
    "fewer_than": ("less_than", "under", "below"),
    "between": ("range", "from_to"),
    "stated": ("exact", "exactly", "precise", "precisely"),
}


def _called(house: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
    """From every name of a word, as `as_read` has it, to the word."""
    return {as_read(name): word for word, others in house.items() for name in (word, *others)}


def as_read(text: str) -> str:
    """A word or a label without what is not read: case, and what stands between its parts."""
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").replace(".", " ").split())


# By the sort of a word.
CALLED = {"type": _called(OF_TYPES), "measure": _called(OF_MEASURES), "unit": _called(OF_UNITS)}
_IN_FIELDS = _called(OF_FIELDS)


def meant(given: str, words: Collection[str]) -> str | None:
    """The one of some words that somebody who wrote another may have meant; None where none is near."""
    called = _IN_FIELDS.get(as_read(given))
    near = [called] if called in words else get_close_matches(given, words, n=1)
    return next(iter(near), None)


def not_in_vocabulary(given: object, words: Collection[str]) -> str:
    """What is said of a word that is none of a closed list: the near one, and all that there are."""
    near = meant(str(given), words)
    known = f"did you mean {near!r}? It has" if near else "it has"
    return f"{given!r} is not in the vocabulary: {known} {', '.join(words)}"
