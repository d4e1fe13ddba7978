"""Who owns a step: the actor the note names, the author where it says "I", else the role such a step belongs to."""

import re

from workflow.vocabulary import Action, OwnerRole

DEFAULT: dict[Action, OwnerRole] = {
    Action.CALL_PATIENT: OwnerRole.CARE_COORDINATOR,
    Action.SEND_INSTRUCTION: OwnerRole.CARE_COORDINATOR,
    Action.SCHEDULE_APPOINTMENT: OwnerRole.SCHEDULER,
    Action.CONFIRM_APPOINTMENT: OwnerRole.SCHEDULER,
    Action.REQUEST_DOCUMENT: OwnerRole.CARE_COORDINATOR,
    Action.CHECK_AUTHORIZATION: OwnerRole.BILLING_SUPPORT,
    Action.ARRANGE_SUPPORT: OwnerRole.SOCIAL_WORK_PARTNER,
    Action.REVIEW_CARE_PLAN: OwnerRole.NURSE_REVIEWER,
    Action.ESCALATE_TO_CLINICIAN: OwnerRole.NURSE_REVIEWER,
    Action.UPDATE_REFERRAL_SOURCE: OwnerRole.CARE_COORDINATOR,
    Action.REVIEW_FOR_CLOSURE: OwnerRole.CARE_COORDINATOR,
    Action.OTHER: OwnerRole.CARE_COORDINATOR,
}

_ROLES: tuple[tuple[OwnerRole, str], ...] = (
    (
        OwnerRole.ADMIN_LEAD,
        (
            r"(?:clinic |office |practice |front office |front desk |ops |team |operations |intake |admin |nurse |sw |program "
            r")?(?:(?<!case )(?<!care )manager|team lead|lead|supervisor)|ops lead|admin lead|team lead"
        ),
    ),
    (
        OwnerRole.NURSE_REVIEWER,
        (
            r"(?:triage |charge |hf |ed |clinic |care |nurse |the )?(?:rn|nurse|lpn|lvn|nursing|enfermera)(?: reviewer| line| care "
            r"manager| navigator)?|triage|somebody clinical|someone clinical"
        ),
    ),
    (OwnerRole.SOCIAL_WORK_PARTNER, r"(?:clinic )?(?:sw|msw|lcsw|lmsw|lsw|social work(?:er)?|social services|trabajador[a]? social)"),
    (
        OwnerRole.BILLING_SUPPORT,
        (
            r"(?:billing|biller|(?:prior )?auth(?:orization)?s? (?:team|desk|dept|department|specialist|staff|coordinator|rep)|"
            r"authorizations|pa (?:team|desk|specialist)|benefits (?:desk|counter|team|specialist)|insurance (?:verification|team|"
            r"desk|verifier)|financial counselor|eligibility (?:team|desk)|revenue cycle)(?: (?:support|office|team|dept|specialist|"
            r"desk))?"
        ),
    ),
    (OwnerRole.SCHEDULER, r"(?:the |surgery |central )?schedul(?:er|ing|ers)(?: (?:team|desk|pool|dept))?"),
    (
        OwnerRole.CLINICIAN,
        (
            r"(?:dr|doctor|dra?)\.? (?:[\w-]+(?:'[^\Ws]\w*)?)|(?:the |her |his |my |our |your )?(?:doctor|doc|md|np|pa-c|physician|"
            r"pcp|provider|clinician|surgeon|cardiologist|neurologist|psychiatrist|hospitalist|on[- ]call(?: (?:provider|doc|md|"
            r"doctor))?|attending|medical director)|(?:palliative |cardiology |ortho )?(?:np|pa|md) [a-z][\w'-]+|[\w'-]+,? (?:np|md|"
            r"pa-c)"
        ),
    ),
    (OwnerRole.CARE_COORDINATOR, r"(?:care |referral |the )?(?:coordinator|coordination)|care coord|navigator|case manager|cc|cm"),
)
_TAKES = (
    r"to|please|pls|plz|will|'ll|needs?|should|must|has to|have to|can|could|would|pls|is to|gets?|got to|ought|agreed to|may|"
    r"calls|phones|rings|sends|files|books|puts|lines|applies|checks|goes|reviews|reminds|decides|verif(?:y|ies)|submits|faxes|"
    r"mails|requests|asks|follows|"
    r"schedules|confirms|works|handles|takes|writes|looks|texts|tells|resubmits|appeals|reconciles|arranges|sets|finds|starts|"
    r"does|picks|next|today|tomorrow|by|asap|on|this|"
    r"call|phone|ring|send|file|book|put|line|apply|check|go|review|remind|decide|verify|submit|fax|mail|request|ask|follow|"
    r"schedule|confirm|work|take|write|look|text|tell|reconcile|arrange|find"
)
_PHONES = r"(?:call|phone|ring|telephone)(?:s|ing)?\b|(?:me |nos )?llam[ea]\b"
_ASKING = (
    r"ask|asking|have|having|tell|page|re-?page|nudge|notify|alert|inform|message|msg|remind|let|need|want|get|route (?:it |this "
    r")?to|forward(?:ed)? (?:it |this )?to|send (?:it |this )?to|give (?:it |this )?to|assign(?:ed)? to|flag(?:ging)? (?:for|to|"
    r"it for|this for)|to|for|loop in|with|escalate to|up to|hand(?:ed)? (?:off )?to|run (?:it|this) (?:by|past)|cc|@"
)
_NAME = r"(?:,? ?\(?[\w.'-]+\)?,?){0,3}?"
_ACTS = tuple(
    (
        role,
        re.compile(
            rf"(?:^|[,:;(] ?|\b(?:and|then|so|but|or|also|if|once|by|until|have|has|@) )(?:the |our |her |his |your |@ ?|fyi "
            rf")*(?:[\w'-]+ ?,? ?\(?(?:in |the |from |at |with )?)?\b(?:{pattern})\)?(?!'s\b|[\w-]){_NAME}[,:]? (?:also |then |too "
            rf")*(?:{_TAKES})\b"
        ),
    )
    for role, pattern in _ROLES
)
_ASKED = tuple(
    (
        role,
        re.compile(
            rf"(?:\b(?:{_ASKING})|@) ?(?:back )?(?:the |our |a |an |on-call |her |his |your |triage |my )*(?:[\w'-]+ (?:in |"
            rf"\())?\b(?:{pattern})(?!'s (?!nurse|office))(?![\w-])"
        ),
    )
    for role, pattern in _ROLES
)
_CALLS = tuple(
    (
        role,
        re.compile(rf"\b(?:{pattern})s?\b(?:,? [\w.'()-]+)?,? (?:(?:please|pls|also|then|to|will|can|should|must|is|needs to) )*{_PHONES}"),
    )
    for role, pattern in _ROLES
)
_ME = re.compile(
    r"\b(?:i'll|i will|i'm|i am|i can|i have|i need to|i plan|i promised|i'd|let me|myself|i get|i go|i phone|i call|i ask|i send|"
    r"i finish|i upload|i check|i have to|i'm going|i shall|i want to|i told (?:him|her|them) i|i|me, by|by me|will do|my "
    r"end)\b(?! (?:want|need|just want|would like|have not|don't|never|asked|called|left|sent|told|was|am not)\b)"
)
_FIRST_PERSON: dict[str, OwnerRole] = {
    "care_coordinator": OwnerRole.CARE_COORDINATOR,
    "coordinator": OwnerRole.CARE_COORDINATOR,
    "case_manager": OwnerRole.CARE_COORDINATOR,
    "scheduler": OwnerRole.SCHEDULER,
    "scheduling": OwnerRole.SCHEDULER,
    "nurse": OwnerRole.NURSE_REVIEWER,
    "rn": OwnerRole.NURSE_REVIEWER,
    "lpn": OwnerRole.NURSE_REVIEWER,
    "nurse_reviewer": OwnerRole.NURSE_REVIEWER,
    "nurse_care_manager": OwnerRole.NURSE_REVIEWER,
    "discharge_planner": OwnerRole.CARE_COORDINATOR,
    "clinician": OwnerRole.CLINICIAN,
    "physician": OwnerRole.CLINICIAN,
    "doctor": OwnerRole.CLINICIAN,
    "provider": OwnerRole.CLINICIAN,
    "md": OwnerRole.CLINICIAN,
    "np": OwnerRole.CLINICIAN,
    "nurse_practitioner": OwnerRole.CLINICIAN,
    "pa": OwnerRole.CLINICIAN,
    "physician_assistant": OwnerRole.CLINICIAN,
    "billing_support": OwnerRole.BILLING_SUPPORT,
    "billing": OwnerRole.BILLING_SUPPORT,
    "billing_specialist": OwnerRole.BILLING_SUPPORT,
    "auth_specialist": OwnerRole.BILLING_SUPPORT,
    "authorization_specialist": OwnerRole.BILLING_SUPPORT,
    "prior_auth_specialist": OwnerRole.BILLING_SUPPORT,
    "admin_lead": OwnerRole.ADMIN_LEAD,
    "manager": OwnerRole.ADMIN_LEAD,
    "clinic_manager": OwnerRole.ADMIN_LEAD,
    "practice_manager": OwnerRole.ADMIN_LEAD,
    "team_lead": OwnerRole.ADMIN_LEAD,
    "ops_lead": OwnerRole.ADMIN_LEAD,
    "social_worker": OwnerRole.SOCIAL_WORK_PARTNER,
    "social_work": OwnerRole.SOCIAL_WORK_PARTNER,
    "social_work_partner": OwnerRole.SOCIAL_WORK_PARTNER,
    "sw": OwnerRole.SOCIAL_WORK_PARTNER,
    "lcsw": OwnerRole.SOCIAL_WORK_PARTNER,
    "msw": OwnerRole.SOCIAL_WORK_PARTNER,
}
_DOCTOR = re.compile(
    r"\b(?:dr|dra|doctor|np|pa-c|md|physician|pcp|provider|surgeon|cardiologist|medical director|attending|psychiatrist|fellow|intern|"
    r"nurse practitioner|hospitalist)\b|@dr|\bpa [a-z]"
)
_PEER = re.compile(r"\bp2p\b|peer[- ]to[- ]peer|peer 2 peer|doc(?:tor)?[- ]to[- ]doc(?:tor)?\b")
_SIGN = re.compile(r"\b(?:dr|doctor|dra|np|md|provider|pcp)\b[^,;]{0,30}\bsigns?\b|^(?:(?:pls|please|kindly|and|then) )*sign\b")
_SEES = re.compile(r"\b(?:see|seen|have (?:her|him|them) in|review|follow)\b")  # "I'll see her in a year": somebody books it
_CHORE = re.compile(
    r"\b(?:knock|scan (?:it|this|that|them|the)|index|front desk|medical records|queue|inbox|folder|welfare|number|addresse?|envelope|"
    r"close out|update (?:the )?chart)\b"
)
_POINTS_BACK = re.compile(r"\b(?:her|him|them|she|he|you|your|it|again|to)\b")
_SOMEBODY = re.compile(r"\b(?:somebody|someone|anybody|anyone|whoever)\b")
_OF_CLINIC = re.compile(
    r"\b(?:order(?:ed|s)?|refer(?:ral)?|requested|repeat|recheck|labs?|bloods?|consult|biopsy|mri|ct|x-?ray|cxr|ultrasound|echo|"
    r"ekg|ecg|a1c|hba1c|bmp|cmp|cbc|tsh|lipids?|"
    r"culture|panel|screen|imaging|physical therapy|physio|podiatry|ferritin|psa|inr|k\b|potassium|hgb|glucose|urine|acr|dexa|"
    r"holter|pft|spirometry|send (?:him|her) for)"
)
_ACTORS_ONLY = {
    Action.CALL_PATIENT,
    Action.UPDATE_REFERRAL_SOURCE,
    Action.SEND_INSTRUCTION,
    Action.CONFIRM_APPOINTMENT,
    Action.REQUEST_DOCUMENT,
}


def author(role: str) -> OwnerRole | None:
    """The owner that "I" means for an author's role, free text; None where such an author owns nothing of ours."""
    return _FIRST_PERSON.get(role.strip().lower().replace(" ", "_").replace("-", "_"))


def owner(action: Action, clause: str, before: str, author_role: str, earlier: str = "") -> OwnerRole:
    """Who owns the step told in `clause` (folded). `before` is what its sentence says ahead of it, where the actor may stand, and
    `earlier` what the note said last before the clause, where a doctor may be named who is "her" now."""
    writer = author(author_role)
    named = _named(action, clause) or (_first(_ACTS, f"{before} {clause}") if before else None)
    if action is Action.SCHEDULE_APPOINTMENT and named is OwnerRole.CLINICIAN:
        named = None  # clinicians see patients, others book them: "hold an NP spot", "follow up with PCP"
    if named:
        return named
    if action is Action.CHECK_AUTHORIZATION and _PEER.search(clause):
        return OwnerRole.CLINICIAN
    if action is Action.REQUEST_DOCUMENT and _SIGN.search(clause):
        return OwnerRole.CLINICIAN
    if writer and _ME.search(clause) and not (action is Action.SCHEDULE_APPOINTMENT and _SEES.search(clause)):
        return writer
    if action is Action.ESCALATE_TO_CLINICIAN and (_DOCTOR.search(clause) or (_POINTS_BACK.search(clause) and _DOCTOR.search(earlier))):
        return OwnerRole.CLINICIAN
    if action is Action.OTHER and _is_order(clause, writer):
        return OwnerRole.CLINICIAN
    return DEFAULT[action]


def _is_order(clause: str, writer: OwnerRole | None) -> bool:
    """A test or procedure of a clinician's plan; in a clinician's own note whatever is not plainly a chore of the office."""
    if _CHORE.search(clause) or _SOMEBODY.search(clause):
        return False
    return writer is OwnerRole.CLINICIAN or bool(_OF_CLINIC.search(clause))


def _named(action: Action, clause: str) -> OwnerRole | None:
    acting = _first(_ACTS, clause)
    if acting is None and action is Action.CALL_PATIENT:
        acting = _first(_CALLS, clause)
    if acting or action in _ACTORS_ONLY:
        return acting
    return _first(_ASKED, clause)


def _first(patterns: tuple[tuple[OwnerRole, re.Pattern[str]], ...], clause: str) -> OwnerRole | None:
    found = [(match.start(), order, role) for order, (role, pattern) in enumerate(patterns) if (match := pattern.search(clause))]
    return min(found)[2] if found else None
