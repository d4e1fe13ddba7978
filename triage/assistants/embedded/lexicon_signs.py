"""Words that tell what stands in the way (`HINDERS`), how outreach went (`CONTACT`) and what gives cause to look sooner (`ALARM`).

Patterns over folded text. Every one is linear: alternatives of literals, with bounded gaps.
"""

HINDERS: dict[str, str] = {
    "unreachable": (
        r"\b(?:no answer|not answer\w*|didn't answer|doesn't answer|unanswered|no pick ?up|not pick(?:ing)? up|didn't pick|voice "
        r"?mail|vm|lvm|lm|lmom|left (?:a )?(?:msg|message|vm)|mailbox (?:is )?full|rang out|just rings|rings out|keeps ringing|no "
        r"response|no reply|not respon\w+|no call ?back|hasn't (?:called|answered|replied|responded|returned)|not returned|never "
        r"(?:called|answered|opened|replied|read)|unread|disconnected|out of service|not in service|wrong (?:number|#|person)|"
        r"wrong-number|utr|unable to (?:reach|contact|lvm)|can(?:'t|not) (?:reach|get (?:a )?hold)|couldn't reach|unreachable|"
        r"return(?:ed)? to sender|undeliver\w+|came back|bounced|unclaimed|nobody (?:home|there|came|come|answered)|no one "
        r"(?:home|answered)|not home|no contact|lost contact|busy signal|number (?:is )?not|(?:not|no longer) in service|tire "
        r"shop|never heard of|temporarily unavailable|not accepting calls|straight to (?:vm|voicemail)|hung up|no contesta|"
        r"buzón)\b"
    ),
    "missing_doc": (
        r"\b(?:missing|not (?:yet )?(?:here|received|rec'd|signed|in (?:the )?(?:chart|system|our|emr|record|file)|on file|sent|"
        r"attached|arrived|come|back|available|scanned)|never (?:came|arrived|sent|received|got|made it|went)|(?:still "
        r")?(?:waiting|awaiting|need|needs|lacks?|without|pending|outstanding)\b.{0,30}\b(?:records?|report|results?|notes?|form|"
        r"signature|letter|films?|documentation|order|referral|consult|imaging|op note|discharge summary|labs?|disc|paperwork|roi|"
        r"cmn|copy|summary|path\w*)|no (?:records?|report|notes?|order|referral|results?|documentation|op note|signed|signature|"
        r"roi|release|clinic notes|discharge summary|d/c summary|copy|written)|unsigned|incomplete|blank|expired (?:order|"
        r"referral|script)|order (?:has )?expired|short one item|hasn't (?:sent|come|arrived)|haven't (?:received|gotten|got)|"
        r"don't have|do not have|did not come|didn't come|illegible|left off|isn't (?:here|in))\b"
    ),
    "auth": (
        r"\b(?:pa|prior auth\w*|auth\w*|appeal|p2p|peer[- ]to[- ]peer|approval|precert\w*|um|payer|plan|insurance|"
        r"insurer)\b.{0,40}\b(?:denied|denial|pend\w*|not (?:yet )?(?:approved|started|submitted|decided|back)|required|needed|"
        r"expired|ran out|in review|under review|review|waiting|await\w*|no (?:decision|determination)|on hold|lapsed|hold|"
        r"exclud\w*|won't|will not|saying no|says no|refus\w*|no authorization|missing|needs|wants)|\b(?:denied|denial|pend(?:ed|"
        r"ing)?|step therapy|medical necessity|not medically necessary|waiting on (?:auth|pa|approval)|no (?:auth|pa|"
        r"authorization) (?:yet|on file)?|in review|auth (?:expired|ran out)|excluded|quantity limit|non-?formulary|sin eso|no "
        r"aprob\w+)\b"
    ),
    "eligibility": (
        r"\b(?:term(?:ed|inated)|lapsed|inactive|ineligible|not (?:eligible|active|covered|enrolled)|no (?:coverage|insurance|"
        r"active)|uninsured|lost (?:coverage|insurance|medicaid|his insurance|her insurance)|coverage (?:ended|lapsed|termed|"
        r"inactive)|medicaid (?:closed|lapsed|ended|termed|stopped|dropped|inactive|expired|pending)|recert\w*|redeterm\w*|"
        r"renewal|member not found|disenrolled|cut off|self[- ]pay|no longer covered|eligibility|between insurances|dropped from|"
        r"cobra)\b"
    ),
    "capacity": (
        r"\b(?:no (?:\w+[- ]?){0,3}(?:slots?|openings?|appts?|appointments?|availability|times?|capacity|spots?|beds?)|(?:booked|"
        r"full|booking)(?: up| out| solid| through| until| till| thru)?|first (?:available|avail|opening)|next (?:available|avail|"
        r"opening)|next new[- ]pt|wait ?list(?:ed)?|backlog|backed up|months? out|weeks? out|wks? out|mos? out|(?:nothing|zero|"
        r"none|not one)\b.{0,30}\b(?:until|till|before|til)|not (?:taking|accepting) new|closed panel|overbooked|template|out to|"
        r"earliest|no citas|no hay citas|booking into)\b"
    ),
    "transport": (
        r"\b(?:no (?:ride|car|transport\w*|way (?:to get|in|there|to|home)|driver|vehicle|gas|bus)|car (?:broke|died|won't|wont|"
        r"is (?:in|broken|down)|in the shop|trouble|repo\w*)|truck (?:is|was|broke)|without (?:a )?(?:car|ride)|doesn't drive|"
        r"can't drive|cannot drive|can't get (?:here|there|a ride)|lost (?:her|his|the) ride|ride (?:fell|cancel\w*|never|didn't|"
        r"no-?show\w*)|transport\w* (?:issue|barrier|problem|fell|cancel\w*|not|is|needed)|missed (?:the )?bus|bus (?:doesn't|"
        r"stopped|line|isn't)|gas money|license (?:expired|suspended)|van (?:never|didn't|no|co)|needs? (?:a )?(?:ride|"
        r"transport\w*)|stranded|too far|miles (?:away|off)|sin transporte|no tengo (?:carro|quien|c[oó]mo)|tore up|no way)\b"
    ),
    "language": (
        r"\b(?:interpreter|interpretation|language|spanish|english|vietnamese|mandarin|cantonese|arabic|somali|haitian|creole|"
        r"portuguese|russian|korean|tagalog|navajo|hmong|swahili|nepali|dari|pashto|farsi|french|speaks?|translat\w*|asl|deaf|"
        r"q'anjob'al|mixteco|k'iche'?|amharic|tigrinya|burmese|karen|punjabi|hindi|bengali|urdu|polish|ukrainian|inglés|no (?:le "
        r")?entiend\w+|couldn't follow|no one speaks)\b"
    ),
    "external": (
        r"\b(?:(?:has|have|did|does|do|is|are|will)(?: not|n't) (?:called|call|answer\w*|respon\w+|return\w*|repl\w+|got\w*|sent|"
        r"acted|pick\w*|scheduled|gotten back)|no (?:response|reply|answer|word|call ?back|date|update|word back)|never "
        r"(?:call\w*|respon\w*|return\w*|repl\w*|start\w*|answer\w*|sent|show\w*)|not (?:respond\w*|return\w*|call\w*|answer\w*|"
        r"yet (?:scheduled|called|responded))|still (?:waiting|no|nothing|hasn't|haven't)|waiting (?:on|for|to hear)|awaiting|"
        r"nothing back|not a peep|radio silence|nobody (?:has|calls|called|showed)|in review|unanswered|went unanswered|no date|"
        r"no start date|sitting with|no-?showed)\b"
    ),
    "clin_review": (
        r"\b(?:(?:waiting|awaiting|pending|wait|await|still|until|till|needs?|before)\b.{0,40}\b(?:dr|doctor|np|pa|provider|md|"
        r"clinician|clinical|physician|nurse|rn|decide[sd]?|decision|review(?:ed)?|advise|sign[- ]?off|answers?|read-over|"
        r"guidance|okay|say)|hasn't (?:decided|reviewed|answered|looked|weighed)|not (?:yet )?(?:reviewed|decided|answered)|"
        r"unreviewed|no (?:word|answer|reply) from dr|cannot finish|on hold (?:until|till) dr|has not (?:looked|reviewed|decided|"
        r"answered|said))\b"
    ),
    "admin": (
        r"\b(?:(?:sitting|stuck|parked|buried|piled|lost|lying|sat|waiting|stalled|been)\b.{0,30}\b(?:queue|inbox|in-?basket|bin|"
        r"folder|desk|worklist|pool|tray|pile|stack|bucket|box)|our (?:own )?(?:queue|inbox|folder|bin|office|end|tray)|work "
        r"?queue|not (?:yet )?(?:indexed|scanned|routed|filed|logged|entered|worked|processed|assigned|attached|matched)|"
        r"unindexed|unmatched|unassigned|misfiled|misrouted|backlog|never (?:routed|entered|worked|processed|assigned|scanned|"
        r"logged|uploaded|keyed)|nobody (?:booked|logged|worked|picked|logging|entered|opened)|unsigned (?:in|on)|to-?sign folder|"
        r"wrong (?:pool|queue|inbox|folder)|duplicate (?:chart|mrn))\b"
    ),
    "other_need": (
        r"\b(?:can't afford|cannot afford|afford|cost[s]?|money|evict\w*|homeless|unhoused|utility|light bill|power (?:is "
        r")?(?:off|out)|shut ?off|refrigerator|fridge|out of network|oon|out-of-network|work schedule|can't (?:get|take) (?:off|"
        r"time)|lost (?:pay|job|work|wages)|child ?care|babysit\w*|caregiver|no phone|hours|jail|incarcerat\w*|copay|deductible|"
        r"price|pay|rent|landlord|food|no cabe|doesn't fit|internet|moved|insurance won't)\b"
    ),
    "resolved": (
        r"\b(?:has a ride|approved|in hand|resolved|no longer|used to|solved|straightened out|fixed|active|verified|no barrier|"
        r"came in|came through|all set|is set|covered|not needed|worked out|already|arrived|received|found|back on|settled|"
        r"available now|drives (?:himself|herself|him|her)|own (?:car|truck))\b"
    ),
    "might": r"\b(?:might|may|could|risk of|if|would|in case|unless|afraid|worried)\b",
}

CONTACT: dict[str, str] = {
    "call_past": (
        r"\b(?:called|phoned|rang|dialed|tried|telephoned|tc|t/c|spoke|talked|reached|call(?:s)?(?: x ?\d| #\d| to| attempt)|"
        r"attempt(?:ed|s)?|lvm|lm|left (?:a )?(?:vm|voice|msg|mess)|voicemail|picked up|answered|got (?:a ?)?hold|got (?:him|her|"
        r"pt|through)|on the phone|by phone|calls?\b.{0,20}\bunanswered|llam[eé])\b"
    ),
    "text_past": r"\b(?:texted|text (?:sent|msg|message|reminder|to|w/)|sms|sent (?:a )?text)\b",
    "email_past": r"\b(?:e-?mailed|e-?mail (?:sent|to)|sent (?:an? )?e-?mail|wrote\b.{0,20}\be-?mail)\b",
    "portal_past": r"\b(?:portal|mychart)\b",
    "letter_past": r"\b(?:letters?|certified|mailed)\b",
    "visit_past": (
        r"\b(?:knocked|drove (?:out|over|by)|went (?:by|out|to)|home visit|stopped (?:by|at)|street outreach|door|porch|visited|"
        r"found (?:him|her)|pas[eé] por|house call)\b"
    ),
    "voicemail": (
        r"\b(?:voice ?mails?|vm|vms|lvm|lvmm|lm|lmom|lmtcb|lmovm|left (?:a |another |detailed )?(?:msg|message|vm|word|voice)|"
        r"message left|machine|this message is for)\b"
    ),
    "no_answer": (
        r"\b(?:no answer|n/a|na|no pick ?up|not pick(?:ed|ing)? up|didn't (?:answer|pick)|did not answer|rang out|just rings|"
        r"rings out|keeps ringing|mailbox (?:is )?full|vm (?:is )?full|voicemail (?:is )?full|not set up|can't leave|unable to "
        r"(?:leave|lvm)|busy|unanswered|nobody (?:home|there|came|come|answered)|no one (?:home|answered|came)|not home|unable to "
        r"reach|utr|not available|no contesta|no response|not in service|disconnected|out of service|straight to)\b"
    ),
    "wrong": (
        r"\b(?:wrong (?:number|#|person|party|no)|wrong-number|number (?:belongs|is (?:some|a|an|now))|some other family|never "
        r"heard of|tire shop|no longer (?:his|her|hers|their) number|quit calling|not (?:his|her|hers|their) number|equivocado)\b"
    ),
    "reached": (
        r"\b(?:spoke|talked|reached|answered|picked up|got through|got (?:him|her|a hold|ahold|hold)|she says|he says|she said|he "
        r"said|pt (?:says|said|states|stated|reports|confirmed|agreed)|confirmed|connected|explained|told (?:pt|patient|him|her|"
        r"mom)|went over|teach[- ]?back|read (?:it )?back|by phone|on the phone|discussed|verbaliz\w+|met|we had|platicamos|"
        r"habl[eé])\b"
    ),
    "declined": (
        r"\b(?:declin\w+|refus\w+|not interested|doesn't want|does not want|didn't want|says no|said no|turned (?:it )?down|"
        r"doesn't wish|opted out|passed on|won't|no thanks|stop calling|leave it be|give it to somebody)\b"
    ),
    "replied": (
        r"\b(?:repl(?:ied|y|ies)|respond\w*|answered|wrote back|texted back|back:|wrote|answer:|said yes|she wrote|he wrote|"
        r"response|patient:|pt:|confirm\w*)\b"
    ),
    "sent": (
        r"\b(?:sent|mailed|texted|emailed|e-mailed|messaged|posted|portal|letter|unread|never (?:opened|read)|not (?:opened|read)|"
        r"no (?:reply|response|answer)|came back|unclaimed|return(?:ed)? to sender|undeliver\w*)\b"
    ),
    "times": (
        r"\bx ?\d|\b(?:twice|two|three|four|again|both|\d+(?:st|nd|rd|th)) (?:calls?|times?|attempts?|letters?|texts?|messages?|"
        r"voicemails?)|\bx(?:two|three)\b|\battempts?\b"
    ),
    "inbound": (
        r"\b(?:called (?:in|us|back|the (?:office|clinic|line|desk))|calling (?:about|to|on|because)|inbound|rang (?:in|us|the)|"
        r"phoned (?:us|in)|pt called|patient called|walked in|came (?:by|in|to)|at (?:my )?window|incoming|stopped by the|"
        r"left (?:us|me) a|message from|returned (?:my|our|the) call)\b|"
        r"\b(?:mom|daughter|wife|son|husband|she|he|neighbor|lab|pharmacy) (?:called|phoned|rang)(?:$| $|[^ \w]| [^x])"
    ),
    "third_party": (
        r"\b(?:um|rep|payer|plan|insurance|office|clinic|hospital|pharmacy|lab|agency|vendor|dme|home health|records|county|dr|"
        r"cardiology|imaging|facility|school|shelter|company|billing|provider|specialist|front desk|intake|their|dept|"
        r"department)\b"
    ),
}

ALARM: dict[str, str] = {
    "worse": (
        r"\b(?:worse\w*|worsening|increas(?:ed|ing) (?:pain|sob|swelling|confusion|edema|cough|shortness)|more (?:short|swollen|"
        r"confused|pain|tired|sob|swimmy|weak\w*|breathless)|weaker|short(?:er|ness)? of breath|sob|trouble breathing|can't "
        r"(?:breathe|lie flat|catch)|swell\w*|swole|gained \d+|up \d+ ?(?:lb|kg|pounds)|\+\d+ ?lb|fever|chills|drainage|pus|"
        r"redness|spreading|bleeding|dizzy|faint\w*|passed out|syncope|chest (?:pain|pressure|tight\w*)|vomiting|not eating|can't "
        r"keep|confus\w*|black|numb\w*|new (?:pain|weakness|confusion|rash)|hurts|peor|empeor\w+|hinchad\w+|calentura|fiebre|"
        r"falta de aire|no puede respirar|mareos?)\b"
    ),
    "safety": (
        r"\b(?:fell|fall(?:s|en)?|found (?:down|on)|gun[s]?|firearm|suicid\w*|si\b|kill|hurt(?:ing)? (?:himself|herself|myself)|"
        r"self[- ]harm|wants? to die|better off dead|death wish|unsafe|not safe|abuse\w*|neglect|hits|hit (?:her|him)|ipv|"
        r"violen\w*|threat\w*|afraid of|scared of|stove|fire|smoke|wander\w*|got lost|alone with|overdos\w*|double dos\w*|"
        r"doubling|both (?:bottles|pills)|wrong (?:dose|med|pill|insulin)|too (?:much|many)|also (?:still )?tak\w+|duplicate|"
        r"taking (?:both|two)|ran out of|out of (?:insulin|oxygen|meds|his|her)|no (?:insulin|oxygen|heat|power|food|water|meds)|"
        r"critical|panic (?:value|lab)|hgb \d|potassium [67]|k \d\.\d|glucose (?:4|5\d\d)|inr [5-9]|welfare check|sleeping in "
        r"(?:his|her|the) car|ain't et|hasn't eaten|no food|se cay[oó]|aps|freezing|unattended|drug|relapse\w*|intoxicat\w*|"
        r"pawned|restrain\w*)\b"
    ),
    "distress": (
        r"\b(?:cry\w*|cried|cries|crying|sobb\w*|tear\w*|upset|distress\w*|overwhelm\w*|anxious|panick\w*|frantic|can't (?:do "
        r"(?:this|another)|take (?:it|this|any)|cope|go on|stand|think)|bawled|angry|furious|yelling|scream\w*|scared|terrified|"
        r"afraid|hopeless|at (?:the|her|his|my) (?:end|wits)|end of (?:my|her|his) rope|falling apart|break(?:ing)? down|broke "
        r"down|desperate|worn out|exhausted|fed up|give up|giving up|giv(?:ing|e) up|wits' end|lost it|shaking|begging|llor\w+|"
        r"desesperad\w+|no aguanto|angusti\w+)\b"
    ),
    "lose": (
        r"\b(?:(?:will|to|'ll|about to|going to|gets?|be|is|are|or|we) (?:be )?(?:lose|lost|forfeit\w*|miss|missed|cancel\w*|"
        r"given away|dropped|bumped|void)|gives? (?:\w+ ){1,3}away|falls? through|drops? off|window (?:shuts|closes|ends)|shuts|"
        r"closes (?:today|tomorrow|tonight|fri\w*|at)|picks (?:\w+ ){1,3}up|goes to the next|won't (?:chair|hold|keep|see|take)|"
        r"unless|or else|otherwise (?:the|it|he|she|we)|if (?:\w+ ){1,6}not in hand|run out|expires)\b"
    ),
    "urgent": (
        r"\b(?:urgent\w*|stat|asap|emergen\w*|expedit\w*|deadline|about to (?:lose|miss)|will (?:be )?(?:lose|lost|miss)|we'll "
        r"(?:miss|lose)|lose (?:the|his|her|our) (?:slot|spot|date|place|chair)|running out|runs out|out of time|cutting it|too "
        r"close|time[- ]sensitive|overdue|same[- ]day|2ww|two[- ]week wait|today or|or (?:it|we|the slot|his|her)|last (?:day|one|"
        r"slot|chance)|expires? (?:today|tomorrow|fri\w*|mon\w*|in)|at risk|cutoff|cut-off|by 5 ?pm|closes|window closes|won't "
        r"make|not going to make|past due|late|already \d+ (?:days|weeks)|24 h\w*|48 h\w*|72 h\w*|priority|immediately)\b"
    ),
    "failed": (
        r"\b(?:x ?[3-9]|three|3rd|third|four(?:th)?|4th|fifth|multiple|several|repeated|numerous|\d attempts|all (?:attempts|"
        r"calls)|final attempt|exhausted|no contact)\b"
    ),
    "calm": (
        r"\b(?:no (?:fever|pain|sob|chest|falls?|si|swelling|worse|red flags?|distress|concern\w*)|denies|denied|resolved|better|"
        r"improv\w*|stable|fine|not (?:urgent|worse)|never|negative|precautions|if (?:he|she|it|you|worse|fever|any)|return (?:if|"
        r"for)|come back|ed (?:if|for)|er (?:if|for)|call (?:if|for|with)|911|knows|watch for|should|last (?:year|month)|history|"
        r"hx|h/o|since then)\b"
    ),
}
