"""Small talk: greetings, thanks and questions about Footnote itself are answered without a search.

A whole message must be small talk; a question after a greeting is a question. Hello, thanks and
goodbye are known in English, Spanish, French, German and Chinese, the rest in English.
"""

from __future__ import annotations

import re

__all__ = ["small_talk", "without_greeting"]

_HELLO = (
    r"hi|hello|hey|hiya|howdy|greetings|good\s+(?:morning|afternoon|evening|day)"
    r"|hola|buenos\s+d[ií]as|buenas(?:\s+(?:tardes|noches))?|bonjour|bonsoir|salut|coucou"
    r"|hallo|guten\s+(?:tag|morgen|abend)|gr[uü](?:ß|ss)\s+gott|servus|moin|你好|您好|早上好|嗨"
)
_THANKS = (
    r"(?:many\s+)?thanks(?:\s+a\s+(?:lot|million)|\s+so\s+much|\s+very\s+much)?|thank\s+(?:you|u)"
    r"(?:\s+(?:very|so)\s+much)?|thx|ty|cheers|much\s+appreciated|(?:muchas\s+)?gracias"
    r"|merci(?:\s+beaucoup)?|danke(?:\s+(?:sch[oö]n|sehr))?|vielen\s+dank|(?:非常)?(?:谢谢|多谢|感谢)[你您]?"
)
_BYE = (
    r"(?:good\s*)?bye(?:\s*-?bye)?|see\s+(?:you|ya)(?:\s+(?:later|soon|tomorrow))?|good\s+night"
    r"|farewell|take\s+care|have\s+a\s+(?:nice|good|great)\s+(?:day|evening|weekend|one)"
    r"|adi[oó]s|hasta\s+(?:luego|ma[nñ]ana|pronto)|au\s+revoir|[aà]\s+bient[oô]t|tsch[uü](?:ss|ß)"
    r"|auf\s+wiedersehen|bis\s+(?:bald|morgen)|再见|再見|拜拜"
)
_TO_WHOM = r"(?:\s*,?\s*(?:there|again|everyone|all|bot|chatbot|footnote|friend|my\s+friend|sir))?"
_NODS = (
    r"ok(?:ay)?|i\s+see|got\s+it|understood|alright|all\s+right|sure|fine|cool|great|perfect"
    r"|wow|interesting|good\s+to\s+know|that(?:'s|\s+is)\s+(?:fine|ok(?:ay)?|good|great|all)"
    r"|no\s+(?:worries|problem)|makes\s+sense|never\s*mind"
)
_PRAISE = (
    r"(?:you(?:'re|\s+are)|that(?:'s|\s+was|\s+is)|this\s+is)\s+(?:\w+\s+)?(?:great|good|awesome"
    r"|amazing|brilliant|excellent|helpful|wonderful|fantastic|smart|clever|the\s+best|very\s+nice)"
    r"|(?:good|great|nice|excellent|well)\s+(?:job|work|done|answer|bot)|i\s+(?:love|like)\s+you"
)
_BLAME = (
    r"(?:you(?:'re|\s+are)|that(?:'s|\s+was|\s+is))\s+(?:\w+\s+)?(?:stupid|dumb|useless|bad|terrible"
    r"|awful|an?\s+idiot|wrong|rubbish|horrible|not\s+(?:helpful|right|true))|(?:bad|wrong)\s+(?:bot"
    r"|answer)|you\s+suck|i\s+hate\s+you|shut\s+up|stupid|idiot"
)
_YOU = r"(?:you|footnote)"
_WHO = (
    rf"who\s+(?:are|r)\s+{_YOU}|what\s+(?:are|is)\s+{_YOU}|what(?:'s|\s+is)\s+your\s+name|who\s+am\s+i"
    r"\s+(?:talking|speaking)\s+(?:to|with)|introduce\s+yourself|tell\s+me\s+about\s+yourself"
    r"|who\s+(?:made|built|created|wrote)\s+you"
)
_HUMAN = (
    r"are\s+you\s+(?:an?\s+|really\s+(?:an?\s+)?)?(?:human(?:\s+being)?|real(?:\s+person)?|person|bot"
    r"|robot|machine|ai|chatbot|chatgpt|alive|sentient|language\s+model|llm)"
)
_CAN = (
    r"what\s+(?:can|do|could)\s+you\s+(?:do|answer|know|offer)(?:\s+for\s+me)?|how\s+can\s+you\s+help"
    r"(?:\s+me)?|what\s+(?:can|should|could)\s+i\s+ask(?:\s+you)?|can\s+you\s+help(?:\s+me)?|help"
    r"(?:\s+me)?|what\s+do\s+you\s+know(?:\s+about)?|what\s+is\s+this"
)
_HOW_WORKS = (
    r"how\s+(?:do|does)\s+(?:you|this|it|this\s+chat(?:bot)?)\s+work|how\s+do\s+(?:you|i)\s+(?:use|find"
    r"|get)\s+(?:this|you|(?:the|your)\s+answers)|where\s+do\s+your\s+answers\s+come\s+from"
    r"|can\s+i\s+trust\s+you"
)
_HOW_ARE = r"how\s+are\s+you(?:\s+(?:doing|today))*|how(?:'s|\s+is)\s+it\s+going|what'?s\s+up|sup"


def _is_whole(pattern: str) -> re.Pattern[str]:
    """The pattern after an optional greeting, to the end of the message."""
    return re.compile(
        rf"(?:(?:{_HELLO}|ok(?:ay)?|so|and|well|please|no|yes){_TO_WHOM}[\s,.!]+)*"
        rf"(?:{pattern}){_TO_WHOM}(?:[\s,]*please)?[\s.!?。！？)(:~-]*",
        re.IGNORECASE,
    )


_IS_SMALL = [
    (_is_whole(pattern), kind)
    for pattern, kind in (
        (rf"{_HOW_ARE}", "how are you"),
        (rf"(?:{_THANKS})(?:[\s,.!]+(?:{_BYE}|{_NODS}|{_PRAISE}))?", "thanks"),
        (rf"(?:{_NODS})[\s,.!]+(?:{_THANKS})", "thanks"),
        (_BYE, "bye"),
        (_PRAISE, "thanks"),
        (_BLAME, "blame"),
        (_HUMAN, "human"),
        (_WHO, "who"),
        (_CAN, "can"),
        (_HOW_WORKS, "how"),
        (rf"(?:{_HELLO})(?:[\s,.!]+(?:{_HELLO}))*", "hello"),
        (rf"(?:{_NODS})(?:[\s,.!]+(?:{_NODS}))*", "nod"),
    )
]
_LANGUAGES = (
    ("es", re.compile(r"hola|buen[oa]s|gracias|adi[oó]s|hasta", re.IGNORECASE)),
    ("fr", re.compile(r"bonjour|bonsoir|salut|coucou|merci|revoir|bient", re.IGNORECASE)),
    (
        "de",
        re.compile(r"hallo|guten|gr[uü](?:ß|ss)|servus|moin|dank|tsch|wiederseh|\bbis\b", re.I),
    ),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
)
# {n}: "the 7 documents in the folder"
_REPLIES = {
    "hello": "Hello! I am Footnote. I answer questions about {n} and show the exact words that each"
    " answer rests on. What would you like to know?",
    "how are you": "I am a program, so always ready. Ask me something about {n}.",
    "thanks": "You are welcome. Ask on if there is more you would like to know about {n}.",
    "bye": "Goodbye!",
    "nod": "Good. Ask on whenever you like, for example “Why?” or “Tell me more”.",
    "blame": "I am sorry that this did not help. I only know {n}: it may help to ask in other"
    " words, with the names and dates that you know, and to check the quotes that I show.",
    "human": "No, I am a program: Footnote. I look up what {n} say and quote it.",
    "who": "I am Footnote, a program that answers questions about {n}. Every sentence I show cites"
    " the exact words it rests on, and when the documents do not say, I tell you so.",
    "can": "I answer questions about {n}, with a citation for every sentence. Ask what, who, when,"
    " where, how many or why; ask on with “And in 2020?”; or name a document: “in the PDF ...”.",
    "how": "I search {n} for passages about your question, pick the sentences that answer it, and"
    " check each against the words it cites. Click a number to see them. What the documents do not"
    " say, I do not answer.",
}
_OTHER_REPLIES = {
    ("es", "hello"): "¡Hola! Soy Footnote. Respondo preguntas sobre los documentos de la carpeta"
    " ({n}) y cito las palabras exactas. ¿Qué desea saber?",
    ("es", "thanks"): "De nada. Pregunte lo que quiera sobre los documentos.",
    ("es", "bye"): "¡Hasta luego!",
    ("fr", "hello"): "Bonjour ! Je suis Footnote. Je réponds aux questions sur les documents du"
    " dossier ({n}) et je cite les mots exacts. Que voulez-vous savoir ?",
    ("fr", "thanks"): "Je vous en prie. Posez vos questions sur les documents.",
    ("fr", "bye"): "Au revoir !",
    ("de", "hello"): "Hallo! Ich bin Footnote. Ich beantworte Fragen zu den Dokumenten im Ordner"
    " ({n}) und zitiere die genauen Stellen. Was möchten Sie wissen?",
    ("de", "thanks"): "Gern geschehen. Fragen Sie weiter zu den Dokumenten.",
    ("de", "bye"): "Auf Wiedersehen!",
    (
        "zh",
        "hello",
    ): "你好！我是 Footnote。我根据文件夹中的文档（{n}）回答问题，并引用原文。您想知道什么？",
    ("zh", "thanks"): "不客气。欢迎继续就文档提问。",
    ("zh", "bye"): "再见！",
}
_BEFORE_QUESTION = re.compile(
    rf"^(?:(?:{_HELLO}|{_THANKS}|{_NODS}|sorry|(?:oh|ah),?\s+sorry){_TO_WHOM}\s*[,.!;]+\s*)+(?=\S)",
    re.IGNORECASE,
)
# Without a comma only where a question word follows: "hi when was the summit".
_HELLO_AND_QUESTION = re.compile(
    r"^(?:hi|hello|hey)(?:\s+there)?\s+(?=(?:who|what|when|where|why|how|which|can|could|do|does|did"
    r"|is|are|was|were|tell|please)\b)",
    re.IGNORECASE,
)


def small_talk(question: str, documents_count: int) -> str | None:
    """The reply to a message that is nothing but small talk, None for everything else.

    >>> small_talk("¡Gracias!", 3)
    'De nada. Pregunte lo que quiera sobre los documentos.'
    >>> small_talk("Thanks to whom was the bell cast?", 3)
    """
    said = " ".join(question.split()).lstrip("¡¿").replace("’", "'")
    for pattern, kind in _IS_SMALL:
        if pattern.fullmatch(said):
            return _reply(kind, said, documents_count)
    return None


def without_greeting(question: str) -> str:
    """The question without the greeting or the thanks before it.

    >>> without_greeting("Hi, when was the summit?"), without_greeting("Hello Kitty: who owns it?")
    ('When was the summit?', 'Hello Kitty: who owns it?')
    """
    rest = _HELLO_AND_QUESTION.sub("", _BEFORE_QUESTION.sub("", question))
    return rest[0].upper() + rest[1:] if rest != question else question


def _reply(kind: str, said: str, documents_count: int) -> str:
    language = next((name for name, mark in _LANGUAGES if mark.search(said)), "en")
    reply = _OTHER_REPLIES.get((language, kind))
    if reply is not None:
        return reply.format(n=documents_count)
    known = f"the {documents_count} documents in the folder"
    if documents_count == 0:
        known = "the documents in your folder (none is in the index yet)"
    elif documents_count == 1:
        known = "the one document in the folder"
    return _REPLIES[kind].format(n=known)
