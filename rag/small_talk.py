"""Small talk."""
from __future__ import annotations
import re
_GREETING = re.compile(
    r"^(?:(?:hi|hello|hey|good\s+(?:morning|afternoon|evening)|thanks?(?:\s+you)?(?:\s+(?:very|so)\s+much)?|many thanks|great|perfect|nice|cool"
    r"|interesting|sorry|no worries|i see|wow|good to know|that is (?:fine|ok|good))(?:\s+(?:there|again|footnote))?\s*[,.!;:]+\s*)+(?=\S)", re.IGNORECASE)
def without_greeting(q: str) -> str:
    rest = _GREETING.sub("", q)
    return q if not rest else rest[0].upper()+rest[1:] if rest != q else q
