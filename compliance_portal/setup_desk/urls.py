from django.urls import path

from compliance_portal.setup_desk import editions
from compliance_portal.setup_desk.views import days, desk, mail, packs, people

app_name = "setup"

urlpatterns = [
    path("", desk.districts, name="districts"),
    path("<slug:slug>/", desk.desk, name="desk"),
    path("<slug:slug>/facts/", desk.facts, name="facts"),
    path("<slug:slug>/schools/", desk.schools, name="schools"),
    path("<slug:slug>/packs/", packs.packs, name="packs"),
    path("<slug:slug>/packs/<int:pk>/end/", packs.ending, name="ending"),
    path("<slug:slug>/packs/<int:pk>/times/", editions.edition, name="edition"),
    path("<slug:slug>/packs/<int:pk>/times/<slug:key>/", editions.edition_rule, name="edition_rule"),
    path("<slug:slug>/packs/editions/<int:pk>/", editions.edition_decision, name="edition_decision"),
    path("<slug:slug>/choices/", packs.parameters, name="parameters"),
    path("<slug:slug>/holidays/", days.holidays, name="holidays"),
    path("<slug:slug>/holidays/<int:year>/", days.holidays, name="holidays"),
    path("<slug:slug>/holidays/changes/<int:pk>/", days.year_change, name="year_change"),
    path("<slug:slug>/closures/", days.closures, name="closures"),
    path("<slug:slug>/people/", people.people, name="people"),
    path("<slug:slug>/people/<int:pk>/", people.member, name="member"),
    path("<slug:slug>/people/<int:pk>/end/", people.end_member, name="end_member"),
    path("<slug:slug>/invitations/<int:pk>/withdraw/", people.withdraw, name="withdraw"),
    path("<slug:slug>/mail/", mail.mail, name="mail"),
    path("<slug:slug>/mail/code/", mail.mail_code, name="mail_code"),
    path("<slug:slug>/mail/test/", mail.mail_test, name="mail_test"),
]
