"""Addresses of a vendor's own people: /vendor/"""

from django.urls import path

from contracts import vendor_views

app_name = "vendor"
urlpatterns = [
    path("", vendor_views.home, name="home"),
    path("<slug:district>/<str:number>/", vendor_views.contract, name="contract"),
    path("<slug:district>/<str:number>/answer/", vendor_views.answer, name="answer"),
]
