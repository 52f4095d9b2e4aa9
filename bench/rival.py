"""Presidio, as well as it can be set up without a model: every pattern recogniser it has, of all countries, at once."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import presidio_analyzer.predefined_recognizers as predefined
import spacy
import tldextract
from corpora import Text, width
from presidio_analyzer import AnalyzerEngine, EntityRecognizer, PatternRecognizer, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import PhoneRecognizer
from scoring import Findings, Span, apart
from spacy.language import Language

#: Categories by entity; other entities (companies' numbers, dates, URLs, UUIDs) are none of those that are measured.
CATEGORIES = {
    "CREDIT_CARD": "PaymentCardNumber",
    "EMAIL_ADDRESS": "EmailAddress",
    "IBAN_CODE": "BankAccount",
    "IP_ADDRESS": "IPAddress",
    "MAC_ADDRESS": "MACAddress",
    "US_BANK_NUMBER": "BankAccount",
    **dict.fromkeys(["PHONE_NUMBER", "ZA_MOBILE_NUMBER", "ZA_TELEPHONE_NUMBER"], "TelephoneNumber"),
    **dict.fromkeys(["CA_POSTAL_CODE", "DE_PLZ", "UK_POSTCODE"], "PostalCode"),
    **dict.fromkeys(
        """DE_FUEHRERSCHEIN IT_DRIVER_LICENSE KR_DRIVER_LICENSE UK_DRIVING_LICENCE US_DRIVER_LICENSE
        ZA_DRIVER_LICENSE""".split(),
        "VehicalLicenseNumber",
    ),
    **dict.fromkeys(
        """DE_PASSPORT ES_PASSPORT IN_PASSPORT IT_PASSPORT KR_PASSPORT PH_PASSPORT UK_PASSPORT US_PASSPORT
        ZA_PASSPORT""".split(),
        "Passport",
    ),
    **dict.fromkeys(
        """AU_MEDICARE AU_TFN CA_SIN DE_HEALTH_INSURANCE DE_ID_CARD DE_SOCIAL_SECURITY DE_TAX_ID DE_TAX_NUMBER ES_NIE
        ES_NIF FI_PERSONAL_IDENTITY_CODE IN_AADHAAR IN_PAN IN_VOTER IT_FISCAL_CODE IT_IDENTITY_CARD KR_FRN KR_RRN NG_NIN
        PH_TIN PH_UMID PL_PESEL SE_PERSONNUMMER SG_NRIC_FIN TH_TNIN TR_NATIONAL_ID UK_NHS UK_NINO US_ITIN US_MBI US_SSN
        ZA_ID_NUMBER ZA_INCOME_TAX_NUMBER ZA_TRAFFIC_REGISTER_NUMBER""".split(),
        "OfficialID",
    ),
}

#: The official numbers that it knows, by the kinds of labels.
KNOWS = frozenset(
    """ca_sin de_idnr de_stnr es_dni es_nie es_nif fi_hetu gb_nhs gb_nino in_aadhaar in_pan it_codicefiscale kr_rrn
    ph_tin pl_pesel se_personnummer sg_nric th_pin tr_tckimlik us_itin us_ssn za_idnr za_tin""".split()
)

#: Where the telephones of the corpora are, beside the regions that its own telephone recogniser looks at.
REGIONS = """AT AU BE BR CA CH CN CY CZ DE DK EE ES FI FR GB GL HU ID IN IS IT JP KR MY NL NO NZ PH PL PT RU SE SG SI TH
TN US UY VN ZA""".split()

_ZA = {"ZA_MOBILE_NUMBER", "ZA_TELEPHONE_NUMBER"}

#: The name of the entity that a telephone recogniser for all these regions finds.
ANYWHERE = "PHONE_NUMBER_ANYWHERE"


@Language.component("lower_case")
def _lower_case(doc: Any) -> Any:
    """Context is looked for among lemmas, which a blank pipeline leaves empty."""
    for token in doc:
        token.lemma_ = token.lower_
    return doc


class _Blank(SpacyNlpEngine):  # type: ignore[misc]
    """Tokens in lower case, and no entities of its own."""

    def load(self) -> None:
        blank = spacy.blank("en")
        blank.add_pipe("lower_case")
        self.nlp = {"en": blank}


def _recognisers() -> list[EntityRecognizer]:
    classes = [found for _, found in inspect.getmembers(predefined, inspect.isclass)]
    telephones = (predefined.ZaMobileNumberRecognizer, predefined.ZaTelephoneNumberRecognizer, PhoneRecognizer)
    return [
        found(supported_language="en")
        for found in classes
        if issubclass(found, (PatternRecognizer, *telephones)) and not inspect.isabstract(found)
    ]


def engine(widest: bool) -> AnalyzerEngine:
    """An engine without a model: as it comes, or ``widest`` with all recognisers and telephones of all REGIONS."""
    # The list of suffixes that comes with it will do: nothing is fetched.
    tldextract.extract = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=())
    nlp = _Blank()
    nlp.load()
    registry = RecognizerRegistry(supported_languages=["en"])
    if widest:
        anywhere = PhoneRecognizer(supported_entity=ANYWHERE, supported_regions=REGIONS, name=ANYWHERE)
        registry.recognizers = [*_recognisers(), anywhere]
    else:
        registry.load_predefined_recognizers(languages=["en"], nlp_engine=nlp)
    return AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=["en"])


def find(engine: AnalyzerEngine, text: Text, words: str) -> list[Span]:
    """What it finds in a text; ``words`` is the name of the field in words, which it is given as context."""
    entities = engine.analyze(text.text, language="en", context=[*words.split(), words] if words else None)
    spans = []
    for found in entities:
        category = "TelephoneNumber" if found.entity_type == ANYWHERE else CATEGORIES.get(found.entity_type)
        if category:
            start = width(text.text[: found.start])
            end = start + width(text.text[found.start : found.end])
            spans.append(Span(category, start, end, round(found.score, 3), found.entity_type))
    return spans


def variants(findings: Findings) -> Iterator[Findings]:
    """The ways to take what it finds: telephones of its own regions or of all, as returned or the surest of overlaps.

    That the surest wins is what its anonymiser does with findings that overlap.
    """
    for entities in ({"PHONE_NUMBER"}, {"PHONE_NUMBER", ANYWHERE}):
        taken = [[s for s in spans if s.category != "TelephoneNumber" or s.by in entities | _ZA] for spans in findings]
        yield taken
        yield [apart(spans, lambda a, b: True) for spans in taken]
