"""The words of time, English and Spanish: pattern fragments over folded text, and the values of words."""

import re

WEEKDAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
WEEKDAYS |= {"lun": 0, "mar": 1, "mié": 2, "mie": 2, "jue": 3, "vie": 4, "sáb": 5, "sab": 5, "dom": 6}
DAY = r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:s|nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
DIA = r"(?:lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo)"
MONTHS = {m: n for n, m in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}
MONTHS |= {"ene": 1, "abr": 4, "ago": 8, "dic": 12}
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|"
    r"dec(?:ember)?)"
)
MES = r"(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|sep?tiembre|octubre|noviembre|diciembre)"
ONES = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
NUMBERS = {word: value for value, word in enumerate(ONES, 1)}
NUMBERS |= {"twenty": 20, "twenty-one": 21, "thirty": 30, "forty": 40, "forty-five": 45, "sixty": 60, "ninety": 90}
NUMBERS |= {"twenty-four": 24, "forty-eight": 48, "forty eight": 48, "twenty four": 24, "seventy-two": 72, "seventy two": 72}
NUMBERS |= {"a": 1, "an": 1, "another": 1, "couple": 2, "few": 3, "un": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5}
NUMBERS |= {"seis": 6, "siete": 7, "ocho": 8, "diez": 10, "quince": 15}
PLAIN_NUMBER = "|".join(sorted(set(NUMBERS) - {"couple", "few"}, key=lambda word: (-len(word), word)))
NUMBER = rf"(?:\d{{1,3}}|(?:a )?couple(?: of)?|(?:a )?few|{PLAIN_NUMBER})"
UNIT = (
    r"(?:minutes?|mins?|hours?|hrs?|h|days?|d|nights?|weeks?|wks?|w|fortnights?|months?|mos?|d[ií]as?|semanas?|mes(?:es)?|horas?|minutos?)"
)
ORDINALS = {
    word: value
    for value, word in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
            "sixteenth",
            "seventeenth",
            "eighteenth",
            "nineteenth",
            "twentieth",
        ],
        1,
    )
}
ORDINALS |= {f"twenty {word}": 20 + ORDINALS[word] for word in list(ORDINALS)[:9]}
ORDINALS |= {f"twenty-{word}": 20 + ORDINALS[word] for word in list(ORDINALS)[:9]}
ORDINALS |= {"thirtieth": 30, "thirty first": 31, "thirty-first": 31}
ORDINAL_WORD = "|".join(sorted(ORDINALS, key=lambda word: (-len(word), word)))
DAY_NUMBER = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|{ORDINAL_WORD})"
# "the 2nd call" counts something and is no day.
COUNTED = (
    r"(?! (?:time|call|attempt|letter|visit|dose|floor|request|notice|opinion|fall|fax|message|party|one|grade|week|year|line|set|trip)\b)"
)
BY = (
    r"(?:(?:by|before|on|due|until|till?|no later than|not later than|starting|from|come|for|or|and|this|this coming|coming|"
    r"through|thru|ahead of|prior to|para|antes del?|hasta) )?(?:the |el |este |la )?"
)
DIRECT = r"(?:(?:by|before|on|due|until|till?|no later than|starting|from|ahead of|prior to|antes del?|para|el|and|or|-) ?)"


def number(word: str) -> int:
    """The value of a number in digits or words; "a few" is three. Raises KeyError where it is none."""
    word = word.strip()
    if word.isdecimal():
        return int(word)
    for known in ("couple", "few"):
        if known in word:
            return NUMBERS[known]
    return NUMBERS[word]


def weekday(word: str) -> int:
    """0 for Monday to 6 for Sunday, from an English or Spanish weekday or its short form."""
    return WEEKDAYS[word[:3]]


def day_number(word: str) -> int:
    """14 for "14", "14th" and "fourteenth"."""
    return ORDINALS[word] if word in ORDINALS else int(re.sub(r"\D", "", word))
