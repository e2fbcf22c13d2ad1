"""Lists of English words that tell what a word is, where no parser can be had."""

from __future__ import annotations

WEAK = frozenset("his her its their".split())
DETERMINERS = frozenset(
    "the a an this that these those some any our my your two three four five six seven eight nine"
    " ten".split()
)
FUNCTION = frozenset(
    "about above across after again against all almost along already also although always am"
    " among and another any are around as at be became because been before behind being below"
    " besides between both but by can could despite did do does doing done down during each either"
    " else ever every few for from had has have having he her here hers him his how however i if"
    " in instead into is it its itself just like many may me might more most much must my near"
    " neither never no nor not now of off often oh ok okay on once only onto or other our out over"
    " own per perhaps please quite rather really shall she should since so some soon still such"
    " than thanks that the their theirs them then there these they this those though through thus"
    " to together too toward towards under unless until up upon us very was we well were what"
    " whatever when where whereas whether which while who whom whose why will with within without"
    " would yes yet you your hello hi hey sorry yesterday today tomorrow currently recently"
    " several sure certainly absolutely unfortunately yeah nope firstly secondly".split()
)
# Base forms after "did the fair ...", and past forms that end a phrase.
VERBS = frozenset(
    "accept achieve add affect agree aim allow announce apply appoint approve ask attend be"
    " become begin belong bring build buy call carry cause chair choose claim close come compare"
    " consist contain continue contribute cost cover create decide define deliver describe design"
    " develop die differ discover discuss do earn eat elect emerge enable end enter establish"
    " evolve exist expand expire explain extend fail fall feel fight find finish fly follow form"
    " found gain get give go grow handle happen have help hit hold improve include increase invent"
    " invest invite involve join keep kill know last launch lead learn leave live look lose make"
    " manage marry mean meet move need negotiate occur offer open operate organise organize"
    " originate own pay perform play prefer prevent produce protect provide publish raise reach"
    " receive reduce reflect relate release remain remove renew replace represent require resign"
    " retire return rise run say see sell send serve set sign solve speak spend spread stand start"
    " stay stop read save search select suffer suggest support take talk teach tell think travel"
    " treat try turn understand urge use visit vote wait want warn win work write ate began bought"
    " broke brought built came chose fell felt fought gave got grew held hosted kept knew led left"
    " lost made meant met paid ran rose said sat saw sent sold spent spoke stood taught thought"
    " told took went won wore wrote says goes has comes makes takes gives includes means"
    " needs".split()
)
NOUNS_AS_WELL = frozenset(
    "cause change claim cost cover design end fall fight help launch march play release return rise"
    " run search sign start stay support talk travel treat vote visit wait work".split()
)
TAKES_VERB = frozenset("do does did will would can could should must may might to".split())
ROLES = frozenset(
    "actor actress adviser ambassador analyst architect artist author boss boy brother captain"
    " ceo chairman chancellor chef chief child coach composer daughter dean delegate deputy"
    " designer dictator director doctor driver editor emperor employee employer engineer father"
    " founder friend general girl governor hero husband inventor judge king lady lawyer leader"
    " lecturer man manager mayor minister mother musician nurse officer owner neighbor neighbour"
    " painter patient person pilot player poet pope premier president prime prince princess"
    " professor programmer queen reporter researcher scientist secretary senator singer sister"
    " soldier son speaker spokesman spokeswoman spokesperson student successor teacher treasurer"
    " victim wife winner woman worker writer"
    " activist admiral athlete banker biologist bishop businessman chemist colonel comedian"
    " commander conductor critic dancer economist entrepreneur explorer filmmaker footballer"
    " historian journalist knight master mathematician monk novelist nun philosopher physician"
    " physicist politician priest scholar screenwriter sculptor surgeon wrestler".split()
)
TITLES = frozenset(
    "president minister premier chancellor king queen prince princess emperor pope mr mrs ms miss"
    " dr doctor professor sir lady lord senator governor mayor general captain judge".split()
)
GROUPS = frozenset(
    "army association band bank board committee company congress council couple court crew"
    " department family firm foundation government group inc institute jury ministry navy"
    " organisation organization parliament party people police public senate staff team tribe"
    " union university".split()
)
PLACES = frozenset(
    "airport area building campus capital center centre church city continent country county"
    " district hall harbor harbour hotel house island lake library museum ocean office palace park"
    " place port province region river room school sea square stadium state street theatre theater"
    " town valley village".split()
)
THINGS = frozenset(
    "accord act agreement army award battle bill championship conference constitution cup"
    " declaration deal dialogue festival forum games law memorandum olympics pact paper plan"
    " policy prize programme program project report summit system treaty war".split()
)
COUNTRIES = frozenset(
    "africa america argentina asia australia austria beijing belgium berlin brazil britain"
    " california canada chile china cuba denmark egypt england europe finland france germany"
    " greece hungary india indonesia iran iraq ireland israel italy japan kingdom korea london"
    " malaysia mexico moscow netherlands norway pakistan paris peru philippines poland portugal"
    " pyongyang russia scotland seoul singapore spain states sweden switzerland taiwan thailand"
    " tokyo turkey ukraine vietnam wales washington york zealand".split()
)
CALENDAR = frozenset(
    "january february march april may june july august september october november december monday"
    " tuesday wednesday thursday friday saturday sunday".split()
)
AUXILIARIES = frozenset(
    "and can could did does had has have is may might must should was were will would".split()
)
PARTICLES = frozenset("of de del della der di la le van von bin al the &".split())
ATTACHED = frozenset("of between against with for on".split())
LOCATIVE = frozenset("in at from to near inside outside".split())
ADJECTIVES = frozenset(
    "bad better big cheap cold common dangerous different easy expensive free good hard high hot"
    " important large larger legal long low necessary new old poisonous popular ready safe same"
    " similar small smaller special true useful worth wrong".split()
)
NO_ADVERB = frozenset("assembly family supply reply july italy".split())
