#!/bin/sh
# An answer as server-sent events, with curl and nothing else:
#   FOOTNOTE_KEY=fn-... sh examples/stream.sh URL "QUESTION"
# Events: step (what was just done), sentence (as it is verified), at the end answer, or error.
set -eu
url=$1
body=$(printf '%s' "$2" | sed 's/[\\"]/\\&/g')
curl --silent --show-error --fail-with-body --no-buffer "$url/api/ask/stream" \
	--header "Authorization: Bearer ${FOOTNOTE_KEY:-none}" \
	--header "Content-Type: application/json" \
	--data "{\"question\": \"$body\"}"
