"""Fewer than ten people: no notice tells the number, in any language that families read."""

from __future__ import annotations

import pytest

from breaches.small_numbers import tells_small_number


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "The data of 3 students was seen."),
        ("en", "It was four of our students."),
        ("en", "three seventh-grade students"),
        ("en", "five (5) children"),
        ("en", "Students: 4."),
        ("es", "Se vieron los datos de dos alumnas."),
        ("es", "Eran cinco estudiantes."),
        ("pt-br", "Dados de três alunos foram vistos."),
        ("pt-br", "Foram seis crianças."),
        ("pl", "Widziano dane dwóch uczniów."),
        ("pl", "Chodzi o pięcioro dzieci."),
        ("ht", "Yo wè done twa elèv yo."),
        ("ht", "Se te 7 timoun."),
        ("ar", "شوهدت بيانات ثلاثة طلاب."),
        ("ar", "شوهدت بيانات ٣ طلاب."),
        ("ar", "الرسالة لثلاثة طلاب."),
        ("ar", "شوهدت بيانات طالبين."),
        ("zh-hans", "三名学生的数据被看到。"),
        ("zh-hans", "两个孩子受到影响。"),
        ("zh-hans", "4名学生受到影响。"),
        ("es", "The data of three students was seen."),
    ],
)
def test_a_small_number_of_students_is_seen_in_each_language(language, said):
    assert tells_small_number(said, language=language, few=False)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "The data of one student was seen."),
        ("en", "It was two employees."),
        ("es", "Se vieron los datos de un estudiante."),
        ("pt-br", "Dados de uma aluna foram vistos."),
        ("pl", "Chodzi o dwie osoby."),
        ("pl", "Widziano dane jednego ucznia."),
        ("ht", "Se te yon elèv."),
        ("ar", "شوهدت بيانات طالب واحد."),
        ("zh-hans", "一名学生的数据被看到。"),
    ],
)
def test_one_student_and_a_few_grown_ups_are_seen_while_fewer_than_ten_are_affected(language, said):
    assert tells_small_number(said, language=language, few=True)


@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "The data of fewer than 10 students was seen."),
        ("en", "The data of 214 students was seen."),
        ("en", "It is about students in grade 5. Grades 3 to 5 students use it."),
        ("en", "For 2 years, students can use a free service. Call 203-555-0142."),
        ("en", "If one of your children uses it, call us."),
        ("es", "Menos de 10 alumnos. Los datos de los alumnos."),
        ("es", "Una persona sin permiso vio datos."),
        ("pt-br", "Menos de 10 alunos. Os dados dos alunos, das famílias."),
        ("pl", "Mniej niż 10 uczniów. Dane uczniów klasy 5."),
        ("ht", "Mwens pase 10 elèv. Done de timoun yo."),
        ("ar", "أقل من 10 طلاب. بيانات الطلاب."),
        ("zh-hans", "少于10名学生。三十名学生。五年级学生。"),
    ],
)
def test_other_numbers_are_no_finding(language, said, few):
    assert not tells_small_number(said, language=language, few=few)
