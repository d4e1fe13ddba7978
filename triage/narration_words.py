"""The words in which people say what changed in a queue, each with what it means to the checker of digests.

Sentences that state facts are held to these words: what is not here cannot be checked, and is told as such. Growing the list is how the
checker learns to read more; a word that could say something false must get a meaning, never a place among HARMLESS.
"""

from collections.abc import Iterator

from workflow.vocabulary import BlockerCategory, ClosureReason, LaneName, Mover, Status

Meaning = tuple[str, str]
"""What kind of word it is, and which."""


def _each(kind: str, which: str, phrases: str) -> Iterator[tuple[str, Meaning]]:
    for phrase in phrases.split("|"):
        yield phrase.strip(), (kind, which)


_CONCEPTS = {
    "active": "active|active patients|active cases|active episodes|active queue|queue|caseload|open patients|open episodes|open cases|"
    "on the books|in the lane|open in all|open work|patients open|episodes open|open at the",
    "came_in": "came in|come in|coming in|comes in|new patients|new patient|new episodes|new cases|new arrivals|arrivals|arrived|joined|were added|was added|"
    "entered|intake|new referrals|newcomers|were opened|was opened|opened|incoming|added|"
    "came into the queue|came on board|comings",
    "closed": "closed|closures|closure|closings|closing|closed out|left the queue|wrapped up|were finished|completed and closed",
    "reopened": "reopened|reopening|reopenings|re-opened|opened again|came back",
    "scheduled": "scheduled|booked|got an appointment|got appointments|have an appointment|onto the schedule|on the schedule|scheduling",
    "overdue": "overdue|overdue work|past due|past their due date|past its due date|late|behind schedule|overdue patients|past the due date",
    "blocked": "blocked|blockers|blocker|stuck|held up|holds up|hold up|holding up|blocks|blocking|block|blockages|hindered|on hold|"
    "held back|holds back|standing in the way",
    "escalated": "escalated|escalations|escalation|raised",
    "unclaimed": "unclaimed|no named owner|without a named owner|no owner|without an owner|has nobody's name on it|unowned|unassigned|"
    "no one owns|nobody owns|lack a named owner|lacks a named owner|lack an owner|lacks an owner|has not been claimed|have not been claimed|"
    "nobody has claimed|nobody's name|not claimed|not yet claimed|without named owners|no named owners|not been claimed|"
    "lacking a named owner|still lack an owner|in need of an owner|needs an owner|need an owner|needs a named owner|need a named owner",
    "unacknowledged": "unacknowledged|not acknowledged|not yet acknowledged|nobody has acknowledged|no one has acknowledged|"
    "not been acknowledged|not yet been acknowledged|without acknowledgement|has not been acknowledged|have not been acknowledged|"
    "awaiting acknowledgement|waiting to be acknowledged|not answered|unanswered|nobody has answered|no one has answered",
    "acknowledged": "acknowledged|been acknowledged|claimed|named owner|an owner|owned|answered",
    "oldest": "oldest|oldest open|open the longest|open longest|longest open|been open the longest|longest-standing|waiting the longest|"
    "longest wait|longest-running|longest running",
    "median_age": "median age|median|typical age|half of the open patients|half the open patients|median open patient|"
    "median wait|middle age|half of the patients have been open",
    "attempts": "outreach attempts|outreach attempt|attempts|attempt|tries|outreach tries|tries at outreach|attempts at outreach|"
    "contact attempts|outreach",
    "reached": "reached|were reached|got through to|got hold of|in touch with|contacted|spoken with|spoke with|spoken to",
    "due_soon": "due|coming up|come due|fall due|falls due|comes due|coming due|due soon",
}
_FLOWS = {
    "newly": "became|become|newly|new|ran into|freshly|recently|becoming|newly became",
    "no_longer": "no longer|stopped being|ceased to be|unblocked|cleared|resolved|ended|freed|freed up|caught up|caught up on|lifted|"
    "not overdue any more|came off|settled|released|overcame|got past|cleared of|were cleared|was cleared|got clear of|removed",
}
_BLOCKERS = {
    BlockerCategory.PATIENT_UNREACHABLE: "patient unreachable|unreachable patients|unreachable patient|lost contact|unreachable|"
    "patients who cannot be reached|patient who cannot be reached|cannot be reached",
    BlockerCategory.MISSING_DOCUMENTATION: "missing documentation|missing documents|missing paperwork|documentation|paperwork|"
    "missing records|documents missing|missing notes",
    BlockerCategory.AUTHORIZATION: "authorization|authorizations|prior authorization|prior auth|a pending authorization|prior authorizations|"
    "pending authorization|pending authorizations|authorization issues|auth",
    BlockerCategory.ELIGIBILITY: "eligibility|eligibility questions|eligibility checks",
    BlockerCategory.SCHEDULING_CAPACITY: "scheduling capacity|full schedules|appointment capacity|a lack of slots|lack of slots|"
    "no free slots|capacity",
    BlockerCategory.TRANSPORT: "transport|transportation|a ride|rides|lack of a ride|no ride|lack of transport",
    BlockerCategory.LANGUAGE: "language|language barriers|language barrier|a language barrier|interpreters|an interpreter|interpretation",
    BlockerCategory.EXTERNAL_PROVIDER_RESPONSE: "external provider response|an outside provider's response|outside provider's response|"
    "external providers|outside providers|an outside provider|external provider|an external provider|outside offices|"
    "responses from outside providers|a response from an outside provider|response of an outside provider|provider response",
    BlockerCategory.CLINICAL_REVIEW: "clinical review|a clinical review|clinical reviews|clinician review",
    BlockerCategory.INTERNAL_ADMIN_QUEUE: "internal admin queue|our own admin queue|admin queue|our admin queue|the admin queue|"
    "internal admin work|internal administration",
    BlockerCategory.OTHER: "another reason|other reasons|another blocker|other blockers|something else|other causes|another cause",
}
_STATUSES = {
    Status.NEW: "new and untouched|untouched|status new",
    Status.NEEDS_OUTREACH: "needs outreach|need outreach|in need of outreach|needing outreach|needs outreach status",
    Status.WAITING_ON_PATIENT: "waiting on the patient|waiting on patient|waiting for the patient|waiting on patients|waiting on the patients|"
    "waiting for patients|waiting on a patient",
    Status.WAITING_ON_PROVIDER: "waiting on provider or partner|waiting on the provider|waiting on a provider|waiting for the provider|"
    "waiting on providers|waiting for a provider|waiting on the provider or partner|waiting on provider|waiting for providers",
    Status.WAITING_ON_DOCUMENTS: "waiting on documents or authorization|waiting on documents|waiting for documents|"
    "waiting on paperwork|waiting for paperwork",
    Status.SCHEDULED: "scheduled or in progress|status scheduled|are scheduled|is scheduled|stand as scheduled|stands as scheduled|"
    "now scheduled|to scheduled|from scheduled",
    Status.ESCALATED: "to escalated|from escalated",
}
_REASONS = {
    ClosureReason.CARE_COMPLETED: "care completed|care was completed|completed care|completed their care|care is completed|with care complete|"
    "with care completed|care is complete|care was complete|finished care|finished their care|completed|care complete|completion of care",
    ClosureReason.PATIENT_DECLINED: "patient declined|the patient declined|patients declined|declined care|declined|refused|refused care|"
    "the patients declined|they declined|said no|turned down care",
    ClosureReason.UNABLE_TO_REACH: "unable to reach|unable to reach them|could not be reached|unable to be reached|could not reach them|"
    "never reached|unable to reach the patient|we were unable to reach them|we could not reach them|couldn't be reached|"
    "could not reach the patient|we could not reach|not reachable|were unreachable",
    ClosureReason.TRANSFERRED_CARE: "transferred care|care was transferred|transferred|moved their care elsewhere|transferred their care|"
    "care transferred|went elsewhere for care",
    ClosureReason.NO_LONGER_NEEDED: "no longer needed|care was no longer needed|no longer needed care|no longer needed it|"
    "no longer needed the care|no longer need care|did not need it any more|care no longer needed",
    ClosureReason.AUTHORIZATION_DENIED: "authorization denied|authorization was denied|denied authorization|were denied authorization|"
    "denied|was denied authorization|denial of authorization",
    ClosureReason.DECEASED: "deceased|died|the patient died|passed away|has died|have died|death|deaths",
    ClosureReason.OPENED_IN_ERROR: "opened in error|they were opened in error|opened by mistake|errors|in error|was opened in error|"
    "were opened in error",
}
_MOVERS = {
    Mover.TEAM: "our move|the team's move|our own move|the clinic's move|our turn|the team to move",
    Mover.PATIENT: "the patient's move|the patients' move|the patient's|the patients'|the patient's turn|with the patient|on the patient|"
    "patient's move|the patient to move",
    Mover.PROVIDER: "the provider's move|the provider's or partner's move|the provider's|the providers'|the provider's turn|"
    "with the provider|on the provider|provider's move|with providers|the provider's or partner's|the providers' move",
    Mover.PAYER: "the payer's move|the payer's|the payers'|the payer's turn|with the payer|on the payer|payer's move|with payers",
}
_LANES = {
    LaneName.POST_VISIT: "post-visit follow-up|post-visit|post visit|post-visit lane|post-visit follow-ups",
    LaneName.REFERRAL: "referral follow-through|referral lane|referrals|referral|the referral lane",
    LaneName.CARE_GAP: "care-gap outreach|care gap outreach|care-gap|care gap|care gaps|care-gap lane|care gap lane",
    LaneName.HIGH_RISK: "high-risk follow-up|high-risk|high risk|high-risk lane|high risk follow-up",
    LaneName.AUTHORIZATION: "authorization-blocked care|authorization lane|authorization-blocked",
}
_MOMENTS = {
    "before": "a week ago|a week earlier|at the start|at the beginning|at the outset|previously|beforehand|back then|earlier|a day ago|"
    "a day earlier|at the beginning of the week|at the start of the week|at the start of the period|at the beginning of the period|then|"
    "seven days ago|seven days earlier|when the week began|had been",
    "after": "now|today|currently|at present|at the end|at the end of the week|at the end of the period|by the end of the week|"
    "as it stands|right now|at the moment|by the end|this morning's count",
    "earlier": "the week before|the previous week|last week|the week earlier|in the prior week|the prior week|a week before|"
    "the day before|the previous day|yesterday|the week prior|the period before|the previous period|the seven days before",
    "period": "this week|in this period|over the week|during the week|in the week|the week|within the week|this period|in the period|"
    "over the past week|in the past week|the past week|over the last week|of the week|week|week over week|"
    "over the period|since then",
    "coming": "in the coming week|the coming week|in the next week|this coming week|the next week|next week|"
    "over the next week|over the coming week|coming week",
}
_DIRECTIONS = {
    "up": "rose|rise|risen|grown|rises|rising|grew|grow|grows|growing|growth|climbed|climb|climbing|increased|increase|increases|increasing|up|gained|"
    "higher|swelled|jumped|jump|ticked up|crept up|expanded|went up|gain|worsened|more|ballooned|surged|surge|"
    "soared|mounted|increasingly|larger|greater|upward|lengthened|built up|picked up|rises to|bigger|longer",
    "down": "fell|fall|falls|falling|shrank|shrink|shrinks|shrinking|shrunk|dropped|drop|drops|dropping|decreased|decrease|decreases|down|"
    "lower|came down|went down|declined from|declined to|declined by|decline|eased|dipped|dip|reduced|reduction|fewer|less|"
    "improved|sank|slid|plummeted|smaller|downward|lightened|shortened|contracted|receded|tumbled|shorter|slimmed|cut|fallen|"
    "lessened|diminished|thinned",
    "same": "unchanged|the same|same|steady|flat|level|stayed|stays|remained|remains|holds steady|held steady|held at|stable|constant|"
    "did not change|has not changed|have not changed|no change|did not move|as many|as before|not changed|kept at|stayed put|still at|"
    "exactly as many|evened out|stay|remain",
    "double": "doubled|double|doubling|twice|twofold",
    "triple": "tripled|triple|trebled|threefold",
    "halve": "halved|halving|halve|cut in half|half as many|cut by half",
}
_QUANTITIES = {
    "none": "empty|no|none|nobody|no one|nothing|not one|not a single|no patient|no patients|no new|nobody new|not anybody|no-one|not any",
    "all": "all|every|each|everyone|everybody|entirely|en bloc|all of them|all at once|altogether|every one|wholly|without exception",
    "most": "most|most of|the majority|majority|mostly|mainly|largely|chiefly|the bulk|bulk|for the most part|the lion's share",
    "half": "half|half of|half of them",
    "first": "first|for the first time|first time|first week|first period|first-ever|first day",
    "again": "again|once more|anew|another|second time|repeatedly|once again|in a row|running|continued|continues|continue|"
    "for the second week|keeps|kept",
    "still": "still|yet again",
    "super": "largest|biggest|main|most common|most frequent|highest|top|leading|greatest|most often|worst|biggest single|"
    "number one|lead|leads|prime",
    "least": "smallest|lowest|least|fewest|rarest|least common",
    "vague": "several|many|some|a few|few|numerous|a number of|various|multiple|a handful|handful|a lot|lots|dozens|plenty|somebody|someone|"
    "anybody|anyone|others|other|a couple|couple|dozen|quite a few|scores|much|far|sharply|slightly|only slightly|steeply|a little|"
    "hardly|barely|scarcely|rarely|seldom|nearly all|record|ever|always",
}
_HEDGES = "about|around|roughly|nearly|almost|over|at least|at most|under|approximately|some|close to|well over|just over|just under|"
_HEDGES += "more than|fewer than|less than|up to|as many as|no fewer than|no more than|as few as|upwards of|above|below|beyond"
_NEGATIONS = "not|never|without|neither|nor|cannot|can't|didn't|don't|doesn't|isn't|aren't|wasn't|weren't|hasn't|haven't|hadn't|won't|"
_NEGATIONS += "failed to|refrained|except|except for|apart from|but for|excluding|instead|couldn't|unlikely"
HEDGES = frozenset(_HEDGES.split("|"))
"""Before a number they make it none that can be checked."""

HARMLESS = frozenset(
    "a an the of in on it its they them their these those this that there here we us "
    "is are be been being am was were has have had do does did having "
    "patient patients people person persons case cases episode episodes work item items list number numbers count total totals "
    "so also too meanwhile however overall in just only both together therefore hence thus per "
    "made make makes take took place happened happen happening see saw seen show shows showed count counts counted counting stand stands "
    "stood standing sit sits sitting comes come came put puts brings brought bring gives give gave "
    "for as if then well very "
    "old days day age ages open wait waited waiting "
    "lane lanes team clinic whole step steps "
    "lists reads read note notes "
    "either same-day such "
    "altogether's meantime during across within among amongst throughout per "
    "status currently presently "
    "move moves turn next "
    "reasons reason cause causes category kind "
    "contact contacts call calls called "
    "against between "
    "owner owners owned name named names "
    "explains explain explained account accounts accounted accounting follow followed follows following "
    "include includes included what remaining rest being "
    "all lanes together "
    "because due owing thanks "
    "moved passed shifted "
    "whose own our "
    "period since "
    "coming date dates "
    "he she his her him "
    "went saw had got hold holds held last ".split()
)
"""Words that state nothing that could be false by themselves."""

PHRASES: dict[str, list[Meaning]] = {}
for _kind, _table in (
    ("concept", _CONCEPTS),
    ("flow", _FLOWS),
    ("blocker", _BLOCKERS),
    ("status", _STATUSES),
    ("reason", _REASONS),
    ("mover", _MOVERS),
    ("lane", _LANES),
    ("moment", _MOMENTS),
    ("direction", _DIRECTIONS),
    ("quantity", _QUANTITIES),
):
    for _which, _phrases in _table.items():
        for _phrase, _meaning in _each(_kind, str(_which), _phrases):
            PHRASES.setdefault(_phrase, []).append(_meaning)
for (
    _phrase
) in "fell overdue|went overdue|turned overdue|slipped overdue|fell behind|slipped past their due date|went past due|went late".split("|"):
    PHRASES[_phrase] = [("concept", "overdue"), ("flow", "newly")]
for _phrase in "got stuck|hit a blocker|ran into a blocker|hit blockers|got blocked".split("|"):
    PHRASES[_phrase] = [("concept", "blocked"), ("flow", "newly")]
for _phrase, _meaning in (*_each("negation", "not", _NEGATIONS), *_each("cause", "cause", "due to|owing to|because of|because")):
    PHRASES.setdefault(_phrase, []).append(_meaning)
