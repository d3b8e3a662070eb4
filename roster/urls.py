"""Addresses of the roster: /d/<district>/roster/…"""

from django.urls import path

from roster import views

app_name = "roster"
HERE = "<slug:district>/roster/"

urlpatterns = [
    path(HERE, views.home, name="home"),
    path(HERE + "people/", views.people, name="people"),
    path(HERE + "imports/<uuid:uuid>/", views.show_import, name="import"),
    path(HERE + "imports/<uuid:uuid>/<str:step>/", views.step, name="step"),
    path(HERE + "students/<int:pk>/", views.student, name="student"),
    path(HERE + "students/<int:pk>/block/", views.block, name="block"),
    path(HERE + "blocks/<int:pk>/lift/", views.lift, name="lift"),
    path(HERE + "guardians/<int:pk>/", views.guardian, name="guardian"),
]
