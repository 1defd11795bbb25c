"""The product's URLs, slice by slice."""

from django.urls import URLPattern, URLResolver, path

from vpn.home import views as home

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
]
