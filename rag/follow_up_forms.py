"""Forms of questions that leave out what was just asked (`follow_ups.py`), as patterns."""

from __future__ import annotations

import re

ABOUT = re.compile(
    r"^(?:(?:and|but|so|ok(?:ay)?|then|or)[\s,]+)*(?:what|how)\s+about\s+(?:the\s+one\s+)?",
    re.IGNORECASE,
)
AUXILIARY = (
    r"is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|must|isn't|aren't"
    r"|wasn't|weren't|don't|doesn't|didn't"
)
WH = r"who|whom|whose|what|which|when|where|why|how"
IS_CLAUSE = re.compile(
    rf"[.?!]\s|\b(?:{AUXILIARY}|i|you|we)\b"
    rf"|^(?:{WH}|tell|explain|give|show|list|describe|please)\b",
    re.IGNORECASE,
)
LEAD = re.compile(
    r"^(?P<lead>in|on|at|for|by|from|to|with|of|since|until|after|before|during|under|against)\s+",
    re.IGNORECASE,
)
MORE = re.compile(
    r"^(?:(?:can|could|would)\s+you\s+)?(?:please\s+)?(?:tell\s+me\s+(?:some\s+|a\s+bit\s+)?more|more"
    r"|go\s+on|continue|elaborate|keep\s+going|say\s+more|more\s+(?:details?|information|info)"
    r"|(?:give\s+me\s+|any\s+)(?:more|further)\s+(?:details?|information|info)"
    r"|explain(?:\s+(?:this|that|it))?(?:\s+(?:further|more|in\s+detail))?|in\s+(?:more\s+)?detail)"
    r"(?:\s+(?:about|on)\s+(?:it|this|that|them))?(?:,?\s+please)?$",
    re.IGNORECASE,
)
EXAMPLE = re.compile(
    r"^(?:(?:can|could|would)\s+you\s+)?(?:please\s+)?(?:(?:give|provide|show)\s+(?:me\s+|us\s+)?)?"
    r"(?:an?\s+|some\s+|any\s+|for\s+|another\s+)?(?:examples?|for\s+instance|such\s+as)"
    r"(?:\s+of\s+(?:it|this|that|them))?(?:,?\s+please)?$",
    re.IGNORECASE,
)
ELSE = re.compile(r"^(?:(?P<wh>who|what|where|when)|any(?:thing|one|body)) else$", re.IGNORECASE)
WH_ONLY = re.compile(
    rf"^(?P<wh>(?:(?:since|until|by|from|with|for|to)\s+)?(?:{WH})"
    r"(?:\s+(?:much|many|long|old|far|often|big|large|not|for|many\s+times))?)"
    r"(?:\s+(?:exactly|so|then|precisely))?$",
    re.IGNORECASE,
)
# "When was that?" asks of what happened, not of a thing.
OF_EVENT = re.compile(
    r"^(?P<wh>(?:when|where|why|how)(?=\s+(?:was|is|did|does)\s+(?:that|this)\b)|when(?=\s+was\s+it$))"
    r"\s+\w+\s+\w+(?:\s+(?:happen|occur|take\s+place|so))?$",
    re.IGNORECASE,
)
OF_THESE = re.compile(
    r"^(?:which|what|who|how\s+many)(?:\s+\w+)?\s+of\s+(?:these|those|them)\b", re.IGNORECASE
)
IS_WHAT = re.compile(rf"^(?:{WH})\s+(?:is|are|was|were)\s+(?P<rest>the\s.+)$", re.IGNORECASE)
ADVERBIAL = re.compile(
    r"^(?:(?:since|until|by|from|with|for)\s+)?(?:when|where|why|how|by\s+whom)"
    rf"(?:\s+(?:much|long|far|often))?\s+(?P<aux>{AUXILIARY})\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
YES_NO = re.compile(rf"^(?P<aux>{AUXILIARY})\s+(?P<rest>(?!there\b).+)$", re.IGNORECASE)
OBJECT = re.compile(r"^(?:what|who|whom)\s+(?P<aux>do|does|did)\s+(?P<rest>.+)$", re.IGNORECASE)
SUBJECT = re.compile(
    r"^(?:who|what|which\s+\w+)\s+(?P<verb>\w{3,}ed|held|won|made|built|led|paid|sold|bought)"
    r"\s+(?P<object>.+)$",
    re.IGNORECASE,
)
YEAR = re.compile(r"\b(?:1\d{3}|20\d{2})\b")
MONTH = re.compile(
    r"\b(?:january|february|march|april|(?-i:May)|june|july|august|september|october|november"
    r"|december)\b",
    re.IGNORECASE,
)
ORDINAL = re.compile(
    r"\b(?:first|second|third|fourth|fifth|sixth|last|latest|next|previous)\b", re.IGNORECASE
)
THE_ONE = re.compile(
    r"\b(?:the\s+)?(?P<which>first|second|third|fourth|fifth|last|next|previous|other|old|new|latter"
    r"|former)\s+ones?\b|\bthe\s+(?P<only>first|second|third|fourth|fifth|last)(?=\s*[?.]*$)",
    re.IGNORECASE,
)
NUMBER = re.compile(r"\b\d+(?:[.,]\d+)*\b")
# What ends before its object or its event: (the question so far, what joins it to the topic).
OPEN_ENDED = [
    (re.compile(rf"^{pattern}$", re.IGNORECASE), joint)
    for pattern, joint in (
        (r"who(?:\s+(?:all|else))?\s+(?:took|takes|has\s+taken)\s+part", "in"),
        (r"(?:who|how\s+many(?:\s+\w+)?)\s+(?:else\s+)?(?:participated|participates?)", "in"),
        (r"(?:who|how\s+many(?:\s+\w+)?)\s+(?:else\s+)?attend(?:s|ed)?", ""),
        (
            r"who\s+(?:else\s+)?(?:won|lost|joined|signed|hosted|chaired|organi[sz]ed|opened|founded"
            r"|invented|wrote|built|paid|designed|directed|led|started|began|created|approved)",
            "",
        ),
        (r"who\s+(?:else\s+)?(?:spoke|performed|was\s+present|were\s+present)", "at"),
        (r"who\s+(?:else\s+)?(?:was|were)\s+invited", "to"),
        (r"who\s+(?:else\s+)?(?:is|was|were)\s+(?:involved|included)", "in"),
        (r"(?:what|how\s+much)\s+(?:was|were)\s+(?:agreed|decided|signed|discussed|said)", "at"),
        (r"what\s+(?:happened|changed|went\s+wrong)(?:\s+(?:next|then|after(?:wards)?))?", "with"),
    )
]
OF_TOPIC = re.compile(
    r"^(?:(?:what|who|which|where|how\s+(?:big|large|high))\s+(?:is|are|was|were)\s+)?"
    r"the\s+(?:\w+\s+)?(?:advantages?|agenda|aims?|author|benefits?|budget|capital|causes?"
    r"|consequences?|costs?|date|deadline|director|disadvantages?|duration|effects?|fees?|goals?"
    r"|impact|leaders?|limits?|location|members?|names?|outcomes?|owner|population|president|price"
    r"|purpose|reasons?|requirements?|results?|risks?|size|theme|topics?|winners?)$",
    re.IGNORECASE,
)
THAT_NOUN = re.compile(
    r"\b(?P<the>this|that|these|those|the)\s+(?P<noun>[a-z-]{3,})"
    r"(?=\s*[?.,]|$|\s+(?:\w+ed|is|was|were|are|did|do|does|has|have|had|in|on|at|to|for|from|with"
    r"|by|about|take|last|run|begin|end|start|work|apply|cost|open)\b)",
)
OTHER_OPENING = re.compile(
    r"^(?:¿\s*y\b|y\s+(?:en|para|por|qu[eé]|el|la|los|las|cu[aá]ndo|d[oó]nde)\b|et\s+(?:en|pour|le"
    r"|la|les|au|à|pourquoi|quand|où)\b|und\s+(?:in|im|f[uü]r|der|die|das|wann|wo|warum|wer)\b"
    r"|¿\s*(?:por\s+qu[eé]|cu[aá]ndo|d[oó]nde|qui[eé]n|cu[aá]nto)\s*\?|(?:warum|wann|wo|pourquoi"
    r"|quand|où)\s*\?)|^(?:那么?|那麼|還有|还有)|^.{1,12}呢\s*[？?]?$|^(?:为什么|為什麼|什么时候|在哪里|谁)[？?]?$",
    re.IGNORECASE,
)
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
FOREIGN = re.compile(
    r"[¿¡]|\b(?:el|la|los|las|que|qué|cuál|cuándo|dónde|quién|cómo|una?|del|der|die|das|und|ist|wer"
    r"|wie|wann|welche[rs]?|le|les|des|est|une|qui|quel(?:le)?s?|où|quand|combien)\b",
    re.IGNORECASE,
)
ENGLISH = re.compile(
    rf"\b(?:the|of|and|in|on|about|tell|for|it|they|{WH}|{AUXILIARY})\b", re.IGNORECASE
)
