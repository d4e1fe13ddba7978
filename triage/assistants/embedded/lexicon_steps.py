"""Words that tell a step: whether it is still to come (`MOOD`), what kind it is (`STEPS`), what it is about (`THINGS`).

Patterns over folded text. Every one is linear: alternatives of literals, with bounded gaps.
"""

_BASE = (
    "call|phone|ring|dial|try|retry|text|e-?mail|mail|send|resend|(?:re-?)?fax|write|message|post|upload|print|forward|schedule|"
    "book|rebook|reschedule|"
    "find|get|obtain|request|ask|chase|(?:re-?)?check|verify|confirm|remind|(?:re)?submit|appeal|file|refer|arrange|set ?up|line "
    "up|order|review|"
    "reconcile|look|go (?:over|through|back|by|out)|update|tell|notify|let|inform|(?:re-?)?page|flag|route|escalate|follow[- "
    "]?up|f/u|close|add|put|move|"
    "offer|give|bring|pull|clear|sort|repeat|reach|connect|contact|ping|nudge|loop|apply|help|discuss|make|take|scan|index|sign|"
    "complete|finish|"
    "initiate|enroll|copy|cc|rtc|return|see|have|recheck|start|touch base|run|talk|speak|visit|stop by|swing by|drive|stay after|"
    "dig up|keep after|"
    "work on|coordinate|prepare|fill out|fill in|provide|answer|reply|respond|hand|expedite|push|escalate|consult|track|register|"
    "renew|switch|cancel"
)
_TEAM = (
    "rn|nurse|sw|msw|lcsw|social work(?:er)?|scheduler|scheduling|billing|biller|front desk|coordinator|cc|np|pa|md|dr\\.? "
    "[\\w'-]+|doctor|pcp|pharmacist|pharmd|ma|chw|"
    "auth(?:orization)? (?:team|desk|dept|specialist)|auth|manager|lead|team|staff|office|registration|reception|desk|navigator|clerk|"
    "somebody|someone|anyone|whoever|we|i|billing office|benefits desk|him|interpreter services|triage|provider|case manager|cm|referrals?"
)

MOOD: dict[str, str] = {
    "will": r"\b(?:will|'ll|shall|going to|gonna|gna)\b|'ll\b",
    "need": r"\b(?:needs? to|needs?|must|should|has to|have to|got to|gotta|ought to|required?|requires)\b",
    "to_be": r"\bto be (?:\w+ed|sent|made|put|told|done|given|seen)\b|\bneeds? (?:\w+ing|\w+ed)\b",
    "start_verb": (
        rf"^(?:(?:and|then|also|so|or|plus|next|again|today|tomorrow|otherwise|just|now|next step|pls|plz|please|but|kindly|action|"
        rf"plan|todo|to do|asap|stat|\W|\d)+ )*(?:{_BASE})\b"
    ),
    "comma_verb": rf", (?:please |then |pls )?(?:{_BASE})\b",
    "actor_to": rf"\b(?:{_TEAM})(?: [\w'.-]+){{0,3}} to (?:please )?[a-z]+",
    "name_to": r"^(?:@ ?)?[\w.'-]+(?: [\w.'()-]+){0,3} to (?:be )?[a-z]{2,}",
    "actor_present": (
        rf"^(?:{_TEAM})(?: [\w'.-]+){{0,2}} (?:calls|phones|rings|sends|files|books|puts|lines|applies|checks|goes|reviews|reminds|"
        rf"decides|verif(?:y|ies)|submits|faxes|mails|requests|gets|asks|follows|schedules|confirms|works|handles|takes|writes|"
        rf"looks|texts|tells|resubmits|appeals|reconciles|arranges|sets)\b"
    ),
    "please": r"\b(?:please|pls|plz|plse|kindly|por favor|favor de)\b",
    "can_you": (
        r"\b(?:(?:can|could|would|will) (?:you|u|yall|y'all|someone|somebody|anyone|we|i|the|your|dr|she|he|they|billing|"
        r"scheduling)|puede[ns]?|podr[ií]an?|me pueden?|nos)\b"
    ),
    "somebody": r"\b(?:somebody|someone|anyone|whoever|alguien)\b",
    "first": r"\b(?:i|i'll|i'm|me|my)\b",
    "we": r"\b(?:we|we'll|us|our)\b",
    "ing_future": (
        r"\b(?:i'm|i am|we're|we are|am|are|is|staff|rn|sw)\b[\w' ]{0,12}\b(?:calling|sending|asking|getting|booking|faxing|"
        r"mailing|trying|going|refaxing|filing|putting|working|following)\b|^(?:re)?(?:trying|calling|sending|faxing|refaxing|"
        r"mailing|booking|asking|chasing|planning)\b"
    ),
    "want": (
        r"\b(?:i (?:just )?(?:want|need)|want someone|would like|i'd like|asking (?:for|if|that|us|we)|wants? (?:us|someone|"
        r"somebody|a call|me to)|requests?(?:ing)? (?:a |that|call)|quiero|quisiera|necesito|necesita)\b"
    ),
    "next": (
        r"\b(?:next (?:step|touch|try|attempt|call|outreach)|to ?do|plan(?:ned)?|pending|outstanding|still (?:to do|needs|need|"
        r"has to|have to|open|to)|action(?: item)?s?|follow[- ]?up)\b"
    ),
    "box_open": r"\[ ?\]",
    "done": (
        r"\b(?:done|completed?|already|(?:was|were|been|is|are|got) (?:\w+ )?(?:sent|made|booked|scheduled|faxed|mailed|called|"
        r"placed|set|received|given|approved|ordered|signed|closed|cancelled|canceled|done|fixed|scanned|delivered|submitted|"
        r"notified|told|updated|resolved|confirmed|arranged|seen)|in place|in hand|on file|in chart|on (?:the )?books|arrived|"
        r"received|rec'd|got|has been|have been|had|all set|set for|handed|ok'd|listo|ya)\b"
    ),
    "past": (
        r"\b(?:called|phoned|rang|dialed|tried|left|spoke|talked|reached|texted|e-?mailed|mailed|sent|resent|(?:re)?faxed|wrote|"
        r"messaged|posted|uploaded|printed|forwarded|scheduled|booked|rebooked|found|got|obtained|requested|asked|chased|checked|"
        r"verified|confirmed|reminded|submitted|appealed|filed|referred|arranged|set up|lined up|ordered|reviewed|reconciled|"
        r"looked|went|updated|told|notified|informed|paged|flagged|escalated|closed|added|put|moved|offered|gave|brought|pulled|"
        r"cleared|returned|came|answered|said|says|took|declined|refused|denied|started|stopped|increased|discussed|given|seen|"
        r"explained|advised|stated|reports?|states|read|received|drove|knocked|walked|stopped|met|showed|helped|picked)\b"
    ),
    "neg": (
        r"\b(?:no|not|never|none|nothing|nobody|without|n't|cannot|cant|cancelled|canceled|unable|neither|nor|sin|"
        r"ning[uú]n[ao]?)\b|n't\b"
    ),
    "not_needed": (
        r"\b(?:no need|not needed|not required|no (?:action|call|auth|pa|follow[- ]?up|fu|f/u|further|new|interpreter|changes?|"
        r"questions?|other|issues?|concerns?|barriers?)\b|don't (?:need|want|call|bother|redo)|doesn't (?:need|want)|nothing "
        r"(?:else|to do|further|open|for|more|left|pending)|n/a|not (?:yet|now|interested|at this))"
    ),
    "cond": r"\b(?:if|once|when|as soon as|unless|should (?:he|she|they|the|it|this|that)|after|in case|otherwise|si|cuando)\b",
    "weak": r"\b(?:may|might|could|can|would|consider|maybe|perhaps|possibly|someday|likely|depending|down the road|if (?:he|she) wants)\b",
    "patient_will": (
        r"\b(?:pt|patient|she|he|they|mom|mother|dad|father|son|daughter|dtr|wife|husband|family|sister|brother|niece|nephew|"
        r"caregiver|aide|neighbor|grandson|granddaughter|aunt|member|client)(?:'ll| will| to| plans| is going| says (?:he|"
        r"she)(?:'ll| will)| can| promised| agreed| wants| would| is to| knows)\b|\b(?:she|he|they)'ll\b"
    ),
    "patient_says": (
        r"\b(?:pt|patient|she|he|mom|daughter|dtr|son|wife|husband|caregiver|family) (?:says?|said|states?|stated|reports?|"
        r"reported|told|asks?|asked|wants?|denies|declined|understands|agrees|verbalized|knows)\b"
    ),
    "self_do": r"\b(?:herself|himself|themselves|myself|on (?:his|her|their) own|i will call yall|i'll call (?:you|back))\b",
    "advise": (
        r"\b(?:told to|advised to|instructed|encouraged|return (?:if|to ed|precautions|for)|come back|call (?:if|us|with|for|911|"
        r"back if|w/)|go to (?:the )?ed|er if|ed if|ed for|911|as needed|prn|reminded (?:him|her|pt) to|knows to|go to er|seek|"
        r"hold|keep|continue|avoid|take|weigh)\b"
    ),
    "question": r"\?",
    "order": r"\b(?:ordered|requested|planned|refer(?:red|ral)? (?:to|for)|repeat|recheck|labs?|consult|stat)\b",
    "stays": (
        r"\b(?:stays?|stands|continue[sd]?|stable|steady|unchanged|no change|same|fine|ok|okay|good|well|normal|clear|clean|"
        r"negative|neg|resolved|tolerating|improved|better|doing well|happy|thank(?:s| you)?|gracias)\b"
    ),
}

STEPS: dict[str, str] = {
    "call": (
        r"\b(?:call(?:ing|s|back)?|phone|phoning|ring|dial|try|retry|trying|reach|touch base|check[- ]?in|tc|t/c|outreach|welfare "
        r"call|callback|cb|llame|llamar(?:me|nos|la|lo)?|llamada|marcar|speak with|talk to|get (?:a )?hold)\b"
    ),
    "call_person": (
        r"\b(?:call|phone|ring|dial|try|reach|tell|text|remind|telephone|contact) (?:back )?(?:pt|patient|him|her|them|me|us|mom|"
        r"mother|dad|father|the (?:patient|family|daughter|son|wife|mother|caregiver|pt)|family|daughter|dtr|son|wife|husband|"
        r"sister|brother|niece|nephew|spouse|caregiver|mr|mrs|ms|miss|sra|again|back|cell|member|client|grandmother|aunt|parent|"
        r"guardian|his|her|alternate|emergency)\b"
    ),
    "send": (
        r"\b(?:send|sending|sent|mail|mailing|email|e-mail|text|texting|write|message|msg|post|portal (?:note|message|msg)|letter|"
        r"leaflet|handout|brochure|packet|sheet|instructions?|flyer|pamphlet|prep|education|info(?:rmation)?|form|copy|link|"
        r"mychart|carta|mande[n]?|mandar|env[ií]e[n]?|enviar|reply|respond|answer (?:her|him|the|back)|resend|print)\b"
    ),
    "send_patient": (
        r"\b(?:send|mail|email|e-mail|text|write|message|give|post|resend) (?:pt|patient|him|her|them|me|mom|family|daughter|son|"
        r"wife|husband|the (?:patient|family|pt)|mr|mrs|ms|a (?:letter|portal|text|copy)|portal|letter|unable|out)\b"
    ),
    "schedule": (
        r"\b(?:schedule|scheduling|book|booking|booked|rebook|reschedule|rescheduling|slot|opening|wait ?list|cancel(?:lation)? "
        r"list|cancellation|overbook|work[- ]in|squeeze|fit (?:her|him|pt) in|appointment|appt|apt|visit|find (?:her|him|a|an|"
        r"another) (?:time|slot|appt|date)|rtc|return (?:visit|to clinic|in)|follow[- ]?up|fu|f/u|rv|see (?:me|him|her|back)|back "
        r"(?:with|in|to see)|recheck visit|cita|move (?:her|him|his|pt)|new (?:date|time|day|slot)|calendar|date|another day|get "
        r"(?:her|him|pt) in|intake)\b"
    ),
    "return_visit": (
        r"\b(?:rtc|f/u|fu|follow[- ]?up|return|rv|review|recheck|see me|see (?:him|her|pt)|back (?:with|in)|will see|come[s]? "
        r"(?:back|again)|next visit)\b.{0,24}\b(?:\d+|one|two|three|four|six|a) ?(?:-|to)? ?\d* ?(?:d|days?|w|wks?|weeks?|m|mos?|"
        r"months?|yr|years?|/52|/12)\b"
    ),
    "confirm": (
        r"\b(?:confirm|reconfirm|remind(?:er|s)?|still (?:stands?|on|good|coming|holds?)|verify (?:the )?(?:appt|appointment|"
        r"visit|time|date|chair|slot)|make sure (?:she|he|they|the|that|it)|double[- ]check|reminders?)\b"
    ),
    "request": (
        r"\b(?:request|obtain|get|pull|chase|retrieve|need|fax|ask|roi|release|track down|hunt down|collect|follow up on|"
        r"re-?request|call|stay after|signature|sign(?:ed)?)\b.{0,40}\b(?:records?|report|results?|notes?|image[s]?|imaging|disc|"
        r"cd|form|signature|signed|labs?|letter|summary|op note|pathology|path|ekg|ecg|echo|mri|ct|x-?rays?|films?|consult|"
        r"documentation|docs?|order|referral|cath|discharge|paper(?:work|s)?|script|vaccine|immunization|med list|orders?|eval|"
        r"packet|cmn|study|read|log|card|copy|clearance)\b"
    ),
    "auth": (
        r"\b(?:prior auth\w*|pa|auth(?:s|d)?|authorization|p2p|peer[- ]to[- ]peer|appeal|resubmit|submit(?:ted|s)?|payer|payor|"
        r"insurance|insurer|plan|coverage|covered|eligib\w*|benefits?|medicaid|medicare|claim|denial|denied|determination|"
        r"redetermination|recert\w*|renewal|reinstate\w*|copay|formulary|um|utilization|precert\w*|step therapy|seguro|carrier|"
        r"medigap|enrollment|expedit\w*|authorized?|hmo|cob|coordination of benefits|in[- ]network|portal status|check status|"
        r"status|pended|reconsideration|lmn|letter of (?:medical )?necessity)\b"
    ),
    "support": (
        r"\b(?:transport\w*|ride[s]?|van|taxi|cab|uber|lyft|bus|voucher|gas card|mileage|interpreter|interpretation|translat\w*|"
        r"language line|intérprete|transporte|housing|shelter|rent|food|pantry|meals?|snap|wic|liheap|utility|utilities|respite|"
        r"home (?:health|care|aide|help|pt)|hha?|hh|aide|dme|walker|wheelchair|commode|hospital bed|oxygen|o2|concentrator|cpap|"
        r"nebulizer|equipment|grab bars?|ramp|rail|social (?:work|service)s?|sw|assistance|grant|fund|charity|foundation|program|"
        r"application|caregiver|adult day|volunteer|driver|resources?|benefit bank|motel|silla|charity care|financial|aid|shower "
        r"chair|supplies|scale|cuff|child ?care|food box|refrigerator|support group|community|hospice|mow)\b"
    ),
    "review": (
        r"\b(?:review|reconcil\w*|go (?:over|through)|look (?:at|over)|update|med(?:ication)?s? (?:list|rec|review|"
        r"reconciliation)|care plan|pill ?(?:box|s|list)|med(?:s|ication)?|list|dose|doses|medicines?|meds|results?|log|readings|"
        r"labs|insulin|task list|goals|plan of care|titrat\w*|regimen)\b"
    ),
    "review_verb": r"\b(?:review|reconcile[s]?|go(?:es)? (?:over|through)|look(?:s)? (?:at|over)|med rec|update)\b",
    "escalate": (
        r"\b(?:escalat\w*|triage (?:nurse|rn|line)|on[- ]call|page|re-?page|notify|alert|flag|tell|ask|inform|run (?:it|this|"
        r"that) by|loop in|nudge|message|let|route(?:d)? to|advise|needs? to know|weigh in|advice|advise|clinical(?:ly)?|decide|"
        r"look at|okay|clearance|question for)\b"
    ),
    "clinician_named": (
        r"\b(?:dr\.?|doctor|np|pa|pa-c|md|do|provider|pcp|physician|cardiolog\w+|rn|nurse|on[- ]call|clinician|surgeon|doc|"
        r"attending|resident|hospitalist|psychiatrist|endo\w*|neuro\w*|pharmacist|lpn|triage)\b|@dr"
    ),
    "update_ref": (
        r"\b(?:let|tell|inform|notify|update|send|fax|copy|cc|forward|write|report|know|call|told|share|letter|"
        r"respond)\b.{0,40}\b(?:referring|referral source|ref(?:erral)? (?:office|provider|md|dr)|office|pcp|clinic|dr|hospital|"
        r"facility|outside|specialist|them|agency|provider|cardiology|ortho\w*|gi|derm\w*|neuro\w*|surg\w*|rheum\w*|practice|"
        r"school|program|home health|snf|doctor|np)\b"
    ),
    "our_records": (
        r"\b(?:send|fax|forward|share|copy|release)\b.{0,20}\b(?:our|my|the|last|visit|office|clinic|consult|progress|recent|a "
        r"copy|records|notes?|labs?|report|tests?|hand films)\b"
    ),
    "close": (
        r"\b(?:clos(?:e|ed|ing|ure)|discharg(?:e|ed) from (?:program|panel|list|care|surgery)|graduate|sign(?:ed)? off|take "
        r"(?:her|him|off)|remove from|off (?:the|our) (?:list|panel|tracker|worklist)|complete the episode|episode|inactive|"
        r"inactivate|drop|stop (?:outreach|trying)|if we stop|disenroll)\b"
    ),
    "other_step": (
        r"\b(?:find (?:a |another |the |me |new |right )?(?:working |current |new |good |right |other )?(?:phone|number|contact|"
        r"address)|look (?:for|up) (?:another|a|her|his|the) ?\w* ?(?:number|contact|phone)|welfare check|door knock|knock|go "
        r"(?:by|back|out)|drive (?:out|by)|home visit|index|clear (?:the|out|my)|scan|queue|folder|inbox|in-?basket|fax bin|stack|"
        r"aps|sheriff|police|new number|skip trace|registration|dig up|merge|correct the|fix|log)\b"
    ),
    "order_step": (
        r"\b(?:order(?:ed|s)?|refer(?:ral)?|requested|repeat|recheck|check|start|plan(?:ned)?|schedule|obtain|get|consult|"
        r"to)\b.{0,30}\b(?:a1c|hba1c|cbc|cmp|bmp|tsh|lipids?|ldl|fbc|u&e|lfts?|psa|inr|b12|ferritin|vitamin d|urin\w*|ua|uacr|acr|"
        r"culture|labs?|bloods?|echo\w*|ekg|ecg|mri|ct|x-?ray|cxr|xr|us|ultrasound|dexa|mammo\w*|colonoscopy|egd|scope|biopsy|"
        r"pft\w*|spirometry|stress|holter|emg|sleep study|pt|ot|physical therapy|physio\w*|podiatry|cardiology|ophthalm\w*|"
        r"nephro\w*|derm\w*|neuro\w*|ent|gi|ortho\w*|endo\w*|rheum\w*|pulm\w*|psych\w*|urology|vascular|hematology|oncology|"
        r"counseling|therapy|imaging|films?|fit|cologuard|dietit\w*|nutrition\w*|panel|level|bnp|troponin|potassium|creatinine|"
        r"esr|crp|spep|hcv|hiv|uds|gtt|fna|monitor|drug levels?)\b"
    ),
    "test": (
        r"\b(?:a1c|hba1c|cbc|cmp|bmp|tsh|lipids?|fbc|u&e|lfts?|psa|inr|b12|ferritin|ua|uacr|acr|echo|ekg|ecg|mri|ct|x-?ray|cxr|xr|"
        r"ultrasound|dexa|mammo\w*|colonoscopy|biopsy|pfts?|spirometry|holter|emg|labs?|bloods?|swab|fit|panel|physio\w*|podiatry|"
        r"retinal|imaging)\b"
    ),
}

THINGS: dict[str, str] = {
    "patient_obj": (
        r"\b(?:pt|patient|her|him|them|mom|mother|dad|father|daughter|dtr|son|wife|husband|family|caregiver|sister|brother|mr|mrs|"
        r"ms|miss|sra|señora|me|member|guardian|grandmother|aunt|niece|parent)\b"
    ),
    "outside": (
        r"\b(?:office|clinic|hospital|agency|company|lab|imaging|pharmacy|vendor|specialist|facility|snf|records (?:dept|"
        r"department|line|lady|room)|medical records|him|county|state|school|dme|home health|hh|their|outside|consultant|practice|"
        r"center)\b"
    ),
    "payer": (
        r"\b(?:payer|payor|insurance|insurer|plan|medicaid|medicare|aetna|cigna|humana|uhc|united|bcbs|blue cross|anthem|um|hmo|"
        r"carrier|county|benefits?|rep|health net|healthnet|utilization)\b"
    ),
    "appt": (
        r"\b(?:appt|appointment|visit|slot|chair|consult|procedure|surgery|scan|mri|echo|colonoscopy|injection|infusion|follow[- "
        r"]?up|screening|intake|cita)\b"
    ),
    "doc": (
        r"\b(?:records?|report|results?|notes?|disc|form|signature|letter|summary|op note|pathology|referral|order|release|roi|"
        r"documentation|cmn|paperwork|copy|fax|packet|films)\b"
    ),
    "meds": (
        r"\b(?:med(?:s|ication|ications)?|pill(?:s|box)?|dose|mg|insulin|refill\w*|rx|prescription|inhaler|bid|tid|daily|tablet|"
        r"metformin|lisinopril|statin|prednisone|\w+(?:pril|olol|statin|sartan|azole|cillin|mycin|formin|gliptin|flozin|tide|"
        r"parin|xaban|pine|zepam|semide|done|oxetine))\b"
    ),
    "phone": r"\b(?:phone|number|cell|voicemail|vm|lvm|mailbox|line|rings?|rang)\b",
    "channel_text": r"\b(?:text(?:ed|s)?|sms)\b",
    "channel_portal": r"\b(?:portal|mychart|my chart)\b",
    "channel_letter": r"\b(?:letter|certified|mailed|postcard|carta)\b",
    "channel_email": r"\b(?:e-?mail(?:ed|s)?)\b",
    "channel_visit": (
        r"\b(?:knock(?:ed)?|porch|door|went by|drove (?:out|over|by)|home visit|came to the door|stopped (?:at|by)|trailer|at "
        r"(?:his|her|the) (?:home|house|apartment)|street outreach)\b"
    ),
    "them": r"\b(?:them|they|their|it|this|that|again|there)\b",
    "bare_call": r"\b(?:call|ring|phone|try|calling|ringing|trying|chase|check|look|lean on|stay after|ask)\b",
    "spanish": (
        r"\b(?:que|para|por|los|las|una|con|favor|cita|llamar|est[aá]|gracias|usted|mi|su|hola|buenas|días|tardes|señora?|"
        r"se[nñ]orita)\b"
    ),
    "vitals": r"\b(?:bp|hr|wt|weight|temp|sats?|spo2|rr|pulse|exam|lungs|abd|ros|hpi|pmh|vitals)\b|\b\d{2,3}/\d{2,3}\b",
    "outside_visit": r"\b(?:ed|er|hospital|snf|discharge[d]?|d/c|admit\w*|inpatient)\b",
}
