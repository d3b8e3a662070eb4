"""Small numbers of people in a sentence, in every language that the portal ships.

"3 students", "dos alumnas", "٣ طلاب", "三名学生": whoever reads such a number may guess who it is. Words are
looked for in the language of the text, and in English, in which staff write.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from breaches.naming import fold

FEW: Final = 10
BETWEEN: Final = 2  # words that may stand between the number and the people: "four of our students"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """How one language counts people. Words are compared without case and accents."""

    two_to_nine: str
    one: str
    students: str
    persons: str
    otherwise: str
    """What else is counted or numbered: years, days, schools, grades."""
    one_or_a: str = ""
    """Says one, and also "a": with a student it tells the number, with a person it may be the attacker."""
    two_of_them: str = ""
    """Arabic says two of something by its ending."""


ENGLISH: Final = Vocabulary(
    two_to_nine="two three four five six seven eight nine both",
    one="one single",
    students="student students pupil pupils child children family families",
    persons="person persons people employee employees guardian guardians parent parents teacher teachers "
    "applicant applicants",
    otherwise="grade grades year years month months week weeks day days hour hours minute minutes "
    "school schools class classes to",
)
VOCABULARIES: Final = {
    "en": ENGLISH,
    "es": Vocabulary(
        two_to_nine="dos tres cuatro cinco seis siete ocho nueve ambos ambas",
        one="único única solo sola",
        one_or_a="un una",
        students="estudiante estudiantes alumno alumnos alumna alumnas niño niños niña niñas menor menores "
        "familia familias hijo hijos hija hijas",
        persons="persona personas empleado empleados empleada empleadas padres docente docentes maestro "
        "maestros maestra maestras",
        otherwise="grado grados año años mes meses semana semanas día días hora horas minuto minutos escuela "
        "escuelas a",
    ),
    "pt-br": Vocabulary(
        two_to_nine="dois duas três quatro cinco seis sete oito nove ambos ambas",
        one="único única só",
        one_or_a="um uma",
        students="aluno alunos aluna alunas estudante estudantes criança crianças menor menores família "
        "famílias filho filhos filha filhas",
        persons="pessoa pessoas funcionário funcionários funcionária funcionárias pais professor professores "
        "professora professoras",
        otherwise="ano anos série séries mês meses semana semanas dia dias hora horas minuto minutos escola "
        "escolas a",
    ),
    "pl": Vocabulary(
        two_to_nine="dwa dwie dwaj dwoje dwojga dwóch dwu dwóm dwoma dwiema trzy trzej troje trojga trzech "
        "trzem trzema cztery czterej czworo czworga czterech czterem pięć pięcioro pięciorga pięciu sześć "
        "sześcioro sześciorga sześciu siedem siedmioro siedmiorga siedmiu osiem ośmioro ośmiorga ośmiu "
        "dziewięć dziewięcioro dziewięciorga dziewięciu oboje obie obaj",
        one="jeden jedna jedno jednego jednej jednemu jednym jedną",
        students="uczeń ucznia uczniowie uczniów uczniom uczniami uczennica uczennicy uczennice uczennic "
        "uczennicom dziecko dziecka dzieci dzieciom dziećmi rodzina rodziny rodzin rodzinom student "
        "studenta studenci studentów",
        persons="osoba osoby osób osobom osobami pracownik pracownika pracownicy pracowników rodzic rodzice "
        "rodziców nauczyciel nauczyciela nauczyciele nauczycieli",
        otherwise="klasa klasy klas lata lat rok miesiąc miesiące miesięcy tydzień tygodnie tygodni dzień "
        "dni godzin godziny szkoły szkół do",
    ),
    "ht": Vocabulary(  # "de" says two, and "of" as well: only the figure is taken for a number
        two_to_nine="twa kat senk sis sèt uit nèf",
        one="sèl grenn",
        one_or_a="yon",
        students="elèv timoun etidyan fanmi pitit",
        persons="moun anplwaye paran pwofesè",
        otherwise="ane klas mwa semèn jou èdtan minit lekòl a",
    ),
    "ar": Vocabulary(
        two_to_nine="اثنان اثنين اثنتان اثنتين ثلاثة ثلاث أربعة أربع خمسة خمس ستة ست سبعة سبع ثمانية ثماني "
        "ثمان تسعة تسع",
        one="واحد واحدة",
        students="طالب طالبا طالبة طلاب طلبة طالبات تلميذ تلاميذ تلميذات طفل طفلا أطفال أسرة أسر عائلة "
        "عائلات",
        persons="شخص أشخاص موظف موظفا موظفين موظفون معلم معلمين معلمون",
        otherwise="سنة سنوات شهر أشهر أسبوع أسابيع يوم أيام ساعة ساعات مدرسة مدارس صف صفوف إلى",
        two_of_them="طالبان طالبين طالبتان طالبتين طفلان طفلين تلميذان تلميذين شخصان شخصين أسرتان أسرتين "
        "عائلتان عائلتين",
    ),
}
CHINESE: Final = re.compile(
    r"(?<![\d十百千万年第至到零〇])([1-9１-９一二两三四五六七八九])\s*(?:名|位|个|户|对)?\s*"
    r"(?:受影响的?|我们的?)?(学生|孩子|儿童|学童|家庭|学员|人|员工|家长|教师|老师|职员|监护人)"
)
CHINESE_STUDENTS: Final = frozenset({"学生", "孩子", "儿童", "学童", "家庭", "学员"})
ARABIC_BEFORE: Final = re.compile(r"^[وفبلك]?(?:ال|لل)?(?=..)")
PIECE: Final = re.compile(r"\d+|[^\W\d_]+(?:[-'’][^\W\d_]+)*|[^\w\s]")


def tells_small_number(text: str, *, language: str, few: bool) -> bool:
    """Whether the text says a number of people below ten, in its own language, in English or in figures.

    `few`: fewer than ten are affected, so that every such number may be theirs, of grown-ups as well; else
    only numbers of students and families count, from two on.
    """
    for number, people in CHINESE.findall(text):
        if few or (people in CHINESE_STUDENTS and number not in "1１一"):
            return True
    pieces = [fold(piece) for piece in PIECE.findall(text)]
    spoken = VOCABULARIES.get(language, ENGLISH)
    return any(_Counted(each, few=few).says_few(pieces) for each in dict.fromkeys((spoken, ENGLISH)))


class _Counted:
    """One language's way to count, for one kind of notice."""

    def __init__(self, words: Vocabulary, *, few: bool) -> None:
        self.few = few
        self.numbers, self.one, self.one_or_a = map(_set, (words.two_to_nine, words.one, words.one_or_a))
        self.students, self.pairs = _set(words.students), _set(words.two_of_them)
        self.people = self.students | (_set(words.persons) if few else frozenset())
        self.otherwise = _set(words.otherwise)
        self.known = self.numbers | self.one | self.people | self.pairs | self.otherwise

    def says_few(self, pieces: Sequence[str]) -> bool:
        words = [self._bare(piece) for piece in pieces]
        return any(self._at(words, place) for place in range(len(words)))

    def _bare(self, word: str) -> str:
        """An Arabic word without "and", "for" and "the", which are written together with it."""
        is_arabic = "\u0600" <= word[0] <= "\u06ff"
        return ARABIC_BEFORE.sub("", word) if is_arabic and word not in self.known else word

    def _at(self, words: list[str], place: int) -> bool:
        word, before, after = words[place], words[place - 1] if place else "", _clause(words[place + 1 :])
        if word in self.pairs:
            return True
        if word in self.numbers or (word.isdecimal() and 2 <= int(word) < FEW):
            if before == ":" and place > 1 and words[place - 2] in self.people:
                return True  # "Students: 4"
            return before not in self.otherwise and self._reaches(after)
        if not self.few:
            return False
        if word in self.one or (word.isdecimal() and int(word) == 1):
            # Arabic sets the one behind: "student one".
            is_before = bool(after) and after[0] in self.people
            return is_before or (word[0] >= "\u0600" and before in self.people)
        return word in self.one_or_a and bool(after) and after[0] in self.students

    def _reaches(self, after: Sequence[str]) -> bool:
        for word in after:
            if word in self.people:
                return True
            if word in self.otherwise or (word.isdecimal() and int(word) >= FEW):
                return False
        return False


def _clause(words: Sequence[str]) -> list[str]:
    """The next few words, up to a comma or a full stop."""
    found: list[str] = []
    for word in words:
        if not word[0].isalnum() and word not in "()":
            break
        if word not in "()":
            found.append(word)
    return found[: BETWEEN + 1]


def _set(said: str) -> frozenset[str]:
    return frozenset(fold(word) for word in said.split())
