from django.urls import include, path

from records import views

app_name = "records"

urlpatterns = [
    path("records/", views.home, name="home"),
    path("records/custodians/new/", views.designate, name="designate"),
    path("records/training/new/", views.train, name="train"),
    path("records/rules/new/", views.new_rule, name="new_rule"),
    path("records/hold-notices/<int:pk>/acknowledge/", views.acknowledge, name="acknowledge"),
]

hold_urls = (
    [
        path("new/", views.new_hold, name="new"),
        path("<str:number>/", views.hold_detail, name="detail"),
        path("<str:number>/tell/", views.tell, name="tell"),
        path("<str:number>/release/", views.release, name="release"),
    ],
    "hold",
)

disposal_urls = (
    [
        path("new/", views.new_disposal, name="new"),
        path("<str:number>/", views.disposal_detail, name="detail"),
        path("<str:number>/refuse/", views.refuse_disposal, name="refuse"),
    ],
    "disposal",
)

district_urls = [
    path("", include((urlpatterns, app_name))),
    path("holds/", include(hold_urls)),
    path("disposals/", include(disposal_urls)),
]
"""Everything of the room under one district's address."""
