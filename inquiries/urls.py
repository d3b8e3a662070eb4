from django.urls import path

from inquiries import views

app_name = "inquiry"

urlpatterns = [
    path("", views.inquiry_list, name="list"),
    path("new/", views.new, name="new"),
    path("<str:number>/", views.detail, name="detail"),
    path("<str:number>/seen-by/", views.seen_by, name="seen_by"),
    path("<str:number>/board/", views.board, name="board"),
]
