from django.urls import include, path

from policy import views

duty_urls = (
    [
        path("<int:pk>/", views.detail, name="detail"),
        path("<int:pk>/done/", views.done, name="done"),
        path("<int:pk>/cancel/", views.cancel, name="cancel"),
        path("<int:pk>/start/", views.start, name="start"),
        path("<int:pk>/clocks/<int:clock>/pause/", views.pause, name="pause"),
        path("<int:pk>/clocks/<int:clock>/resume/", views.resume, name="resume"),
        path("<int:pk>/changes/<int:change>/agree/", views.agree, name="agree"),
        path("<int:pk>/changes/<int:change>/decline/", views.decline, name="decline"),
        path("<int:pk>/alerts/<int:alert>/answer/", views.answer, name="answer"),
    ],
    "duty",
)
standing_urls = (
    [
        path("<str:number>/", views.standing, name="detail"),
        path("<str:number>/<slug:rule>/", views.standing_act, name="act"),
    ],
    "standing",
)
urlpatterns = [
    path("<slug:slug>/duties/", include(duty_urls)),
    path("<slug:slug>/standing/", include(standing_urls)),
]
"""Everything below /d/<district>/ that belongs to the engine."""
