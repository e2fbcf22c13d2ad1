"""The forms in which people ask for an overview, by language; a question has one from end to end.

Data for :mod:`rag.overview`. Groups: ``x`` what is to be summarised, ``text`` the same where it can
as well be a subject, ``nouns`` the kind of documents asked for, ``when`` the time that they are
from. Questions are matched with single spaces, without the
polite words around them and the mark at the end.
"""

from __future__ import annotations

import re
from typing import Literal

from rag.narrowing import FORMATS

__all__ = ["ALL", "BARE", "DOCUMENTS", "FORMS", "POLITE", "Kind"]

Kind = Literal["about", "list", "count", "newest", "oldest"]

DOCUMENTS = r"(?:documents?|docs?|files?|sources?|texts?)"
_FORMATS = "|".join(f"{n}(?:s|es)?" for n in sorted(FORMATS, key=len, reverse=True))
_FOLDERS = (
    r"(?:folder|directory|collection|corpus|library|archive|index|knowledge base|data ?set"
    r"|(?:set|collection|folder) of (?:documents|files|texts))"
)
_OWNS = r"(?:the|these|those|this|my|our|your)"
_HERE = (
    r"(?: here| (?:that )?(?:you|i|we) have| (?:that )?(?:i|we) (?:uploaded|added|gave you)"
    rf"| (?:in|of) {_OWNS} {_FOLDERS})?"
)
_KIND = rf"(?P<nouns>{DOCUMENTS}|{_FORMATS})"
_NOUNS = rf"(?:all )?(?:of )?(?:{_OWNS} )?{_KIND}"
_WHEN = r"(?: (?P<when>(?:from|since|before|after|until|up to|of|in) (?:the )?[\w ,.-]{3,30}))?"
_HAVE = (
    r"(?:do (?:you|we|i) have|have you(?: got)?|are you using|(?:can|do) you (?:see|read"
    r"|access|search|use|know)|did (?:i|we) (?:upload|add|give you)|are (?:available|indexed|here"
    rf"|loaded|included)|are there(?: in (?:{_OWNS} )?{_FOLDERS})?|are in (?:{_OWNS} )?{_FOLDERS})"
)
_BRIEF = r"(?:(?:short|brief|quick|general|concise|one-paragraph|high-level) )*"
_DIGEST = r"(?:overview|summary|synopsis|digest|outline|gist|tl[;:]?dr)"

_ENGLISH = (
    ("about", r"what(?:['’]s| is| are) (?P<text>.+?) (?:all )?about"),
    ("about", r"what (?:do|does) (?P<text>.+?) (?:cover|contain|say|discuss|deal with|talk about)"),
    ("about", r"what(?:['’]s| is) (?:in|inside) (?P<text>.+)"),
    ("about", r"(?:summari[sz]e|sum up|recap|outline)(?: (?P<x>.+?))?(?: for (?:me|us))?"),
    (
        "about",
        r"(?:(?:give|show|send) (?:me|us) |provide |write |make |what(?:['’]s| is) )?(?:an? |the )?"
        rf"{_BRIEF}{_DIGEST}(?: (?:of|for) (?P<x>.+))?",
    ),
    (
        "about",
        r"what (?:topics|subjects|themes) (?:do|does) (?P<text>.+?) (?:cover|discuss|deal with)",
    ),
    ("about", r"what (?:topics|subjects|themes) are covered(?: (?:in|by) (?P<text>.+))?"),
    ("about", r"what can (?:i|we) ask(?: you)?(?: about)?"),
    ("list", rf"(?:which|what) {_NOUNS} {_HAVE}{_WHEN}"),
    ("list", rf"(?:which|what) {_NOUNS} are{_WHEN}"),
    (
        "list",
        r"(?:(?:list|show|name|enumerate|display|give)(?: (?:me|us))? )?(?:(?:a |the )?list of )?"
        rf"(?:the (?:titles|names) of )?{_NOUNS}{_HERE}{_WHEN}",
    ),
    ("count", rf"how many {_KIND} {_HAVE}{_WHEN}"),
    ("count", rf"how many {_KIND} are{_WHEN}"),
    *(
        (kind, pattern.format(degree=degree))
        for kind, degree in (
            ("newest", "(?:newest|latest|most recent)"),
            ("oldest", "(?:oldest|earliest)"),
        )
        for pattern in (
            rf"(?:what|which)(?:['’]s| is| are) {_OWNS} {{degree}} {_KIND}{_HERE}",
            rf"(?:what|which) {_KIND} (?:is|are) (?:the )?{{degree}}",
        )
    ),
)
_SPANISH = (
    ("about", r"¿?de qué (?:trata|tratan|habla|hablan|va|van)(?: (?P<text>.+))?"),
    ("about", r"(?:resume|resúme(?:me)?|resumir|resuma)(?: (?P<x>.+))?"),
    (
        "about",
        r"(?:(?:dame|haz|escribe) )?(?:un |el )?(?:breve )?resumen(?: (?:de|del) (?P<x>.+))?",
    ),
    ("list", r"¿?(?:qué|cuáles) (?:documentos|archivos) (?:tienes|hay|tiene|tenemos|existen)"),
    ("list", r"(?:lista|enumera|muestra|muéstrame) (?:todos )?(?:los )?(?:documentos|archivos)"),
    ("count", r"¿?cuántos (?:documentos|archivos) (?:tienes|hay|tiene|tenemos|existen)"),
)
_FRENCH = (
    ("about", r"de quoi (?:parlent|parle|traitent|traite|s['’]agit-il)(?: (?P<text>.+))?"),
    ("about", r"(?:résume[rz]?|fais(?:-moi)? un résumé|résumé)(?: (?:de |du |des )?(?P<x>.+))?"),
    (
        "list",
        r"quels (?:documents|fichiers) (?:as-tu|avez-vous|y a-t-il|sont disponibles|avons-nous)",
    ),
    ("list", r"(?:liste|listez|énumère|montre-moi) (?:tous )?(?:les )?(?:documents|fichiers)"),
    ("count", r"combien de (?:documents|fichiers) (?:as-tu|avez-vous|y a-t-il|avons-nous)"),
)
_GERMAN = (
    ("about", r"worum geht es(?: in)?(?: (?P<text>.+))?"),
    ("about", r"wovon (?:handeln|handelt) (?P<text>.+)"),
    ("about", r"fasse? (?P<x>.+) zusammen"),
    (
        "about",
        r"(?:gib mir )?(?:eine |die )?(?:kurze )?(?:zusammenfassung|übersicht)(?: von (?P<x>.+))?",
    ),
    ("list", r"welche (?:dokumente|dateien) (?:hast du|haben sie|haben wir|gibt es|sind da)"),
    ("list", r"(?:liste|zähle|zeige?)(?: mir)? (?:alle|die) (?:dokumente|dateien)(?: auf)?"),
    ("count", r"wie viele (?:dokumente|dateien) (?:hast du|haben sie|haben wir|gibt es|sind da)"),
)
_CHINESE = (
    ("about", r"(?P<text>.*?)(?:主要)?(?:是)?(?:讲|说|关于|介绍)(?:了|的是|的)?什么(?:内容)?的?"),
    ("about", r"(?:请)?(?:总结|概括|概述)(?:一下)?(?P<x>.*)"),
    ("about", r"(?P<x>.+?)的(?:摘要|总结|概要|概述)"),
    ("list", r"(?:你)?(?:这里)?有(?:哪些|什么)(?:文件|文档|资料)"),
    ("list", r"(?:请)?(?:列出|列举)(?:所有|全部)?(?:的)?(?:文件|文档|资料)"),
    ("count", r"(?:你)?(?:这里)?(?:一共|总共)?有(?:多少|几)(?:个|份|篇)?(?:文件|文档|资料)"),
)

FORMS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))  # type: ignore[misc]
    for kind, pattern in (*_ENGLISH, *_SPANISH, *_FRENCH, *_GERMAN, *_CHINESE)
)

POLITE = re.compile(
    r"(?:(?:hi|hello|hey|ok|okay|so|please|thanks)[ ,!.]+)*"
    r"(?:(?:can|could|would|will) (?:you|i) (?:please )?(?:get |have )?"
    r"|(?:i['’]d|i would) like (?:to see )?|i (?:want|need) |tell me )?(?:please )?",
    re.IGNORECASE,
)
# All that there is.
ALL = re.compile(
    rf"(?:all |each |every one )?(?:of )?(?:{_OWNS} )?(?:whole |entire )?"
    rf"(?:(?:documents|docs|files|sources|texts)|{_FOLDERS}){_HERE}|(?:in )?here"
    rf"|everything{_HERE}|all of (?:this|it|them)"
    r"|(?:todos )?(?:los|estos|mis|tus) (?:documentos|archivos)|(?:la|esta) carpeta|todo"
    r"|(?:tous )?(?:les|ces|mes|tes|vos) (?:documents|fichiers)|(?:le|ce) dossier|tout"
    r"|(?:alle )?(?:(?:die|den|diesen?|meinen?|deinen?) )?(?:dokumenten?|dateien)"
    r"|(?:der|dem|diese[mr]?) (?:ordner|sammlung)|alles"
    r"|(?:这些|所有|全部|这个|这)?(?:的)?(?:文件夹|文件|文档|资料)(?:里|中)?(?:的内容)?",
    re.IGNORECASE,
)
# The same when nothing was said before that it could mean.
BARE = re.compile(
    r"this|it|that|all this|these|esto|eso|ceci|ça|cela|hier|das|dies|这|这里|", re.IGNORECASE
)
