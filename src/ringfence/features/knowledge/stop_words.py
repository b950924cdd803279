"""Words that say nothing of what a text is about, by language: not indexed, and what a language is recognized by.

Written down from common knowledge, folded as `analysis` folds words; short on purpose.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Language(StrEnum):
    """The languages whose words are known; the value is part of every blind word: never change one."""

    ENGLISH = "en"
    DANISH = "da"
    SPANISH = "es"


_ENGLISH = """
a about above after again all also am an and any are as at be because been before being below between both but by can
cannot could did do does doing done dont down during each either else ever few for from further get got had has have
having he her here hers him his how i if in into is isnt it its itself just may me might more most much must my myself
neither no nor not now of off on once only onto or other our ours out over own per please same shall she should since
so some such than that the their theirs them then there these they this those through thus to too under until up upon
us very was wasnt we were what when where whether which while who whom whose why will with within without would yet you
your yours
"""
_DANISH = """
ad af alle alt altid anden andet andre at bare begge blev blive bliver da de dem den denne der deres derfor det dets
dette dig din dine disse dit dog du eller en end endnu er et ethvert faa faar fik foer for fordi fra gennem goer goere
ham han hans har havde have hen hende hendes her hos hun hvad hver hvilken hvilket hvis hvor hvordan hvorfor hvornaar i
ikke ind ingen intet ja jeg jer jeres jo kan kom kommer kunne lige man mange med meget mellem men mere mest mig min
mindre mine mit mod naar ned nej nogen noget nogle nok nu og ogsaa om op os over paa saa saadan samme sammen samt selv
ser ses sig sin sine sit skal skulle som thi til ud uden under vaere vaeret var ved vi vil ville vor vores
"""
_SPANISH = """
a acerca ahi ahora al algo algun alguna algunas alguno algunos alli ante antes aqui asi aun aunque bajo bien cada casi
como con contra cual cuales cualquier cuando cuanto de debe deben del desde despues donde dos durante e el ella ellas
ello ellos en entre era eran es esa esas ese eso esos esta estaba estan estar estas este esto estos fue fueron ha habia
hace hacer hacia han hasta hay la las le les lo los mas me mi mientras mis mismo mucho muchos muy nada ni no nos
nosotros nuestra nuestro o os otra otras otro otros para pero poco por porque pues que quien quienes se sea segun ser
si sido siempre sin sino sobre solo son su sus tal tambien tan tanto te tener tiene tienen todo todos tu tus u un una
unas uno unos usted ustedes va y ya yo
"""

STOP_WORDS: Final[Mapping[Language, frozenset[str]]] = MappingProxyType(
    {
        Language.ENGLISH: frozenset(_ENGLISH.split()),
        Language.DANISH: frozenset(_DANISH.split()),
        Language.SPANISH: frozenset(_SPANISH.split()),
    }
)
