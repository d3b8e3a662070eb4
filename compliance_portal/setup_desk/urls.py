from django.urls import path

from compliance_portal.setup_desk import editions, views

app_name = "setup"

urlpatterns = [
    path("", views.districts, name="districts"),
    path("<slug:slug>/", views.desk, name="desk"),
    path("<slug:slug>/facts/", views.facts, name="facts"),
    path("<slug:slug>/schools/", views.schools, name="schools"),
    path("<slug:slug>/packs/", views.packs, name="packs"),
    path("<slug:slug>/packs/<int:pk>/end/", views.ending, name="ending"),
    path("<slug:slug>/packs/<int:pk>/times/", editions.edition, name="edition"),
    path("<slug:slug>/packs/<int:pk>/times/<slug:key>/", editions.edition_rule, name="edition_rule"),
    path("<slug:slug>/packs/editions/<int:pk>/", editions.edition_decision, name="edition_decision"),
    path("<slug:slug>/choices/", views.parameters, name="parameters"),
    path("<slug:slug>/holidays/", views.holidays, name="holidays"),
    path("<slug:slug>/holidays/<int:year>/", views.holidays, name="holidays"),
    path("<slug:slug>/holidays/changes/<int:pk>/", views.year_change, name="year_change"),
    path("<slug:slug>/closures/", views.closures, name="closures"),
    path("<slug:slug>/people/", views.people, name="people"),
    path("<slug:slug>/people/<int:pk>/", views.member, name="member"),
    path("<slug:slug>/people/<int:pk>/end/", views.end_member, name="end_member"),
    path("<slug:slug>/invitations/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("<slug:slug>/mail/", views.mail, name="mail"),
    path("<slug:slug>/mail/code/", views.mail_code, name="mail_code"),
    path("<slug:slug>/mail/test/", views.mail_test, name="mail_test"),
]
