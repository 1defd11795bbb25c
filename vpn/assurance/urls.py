"""Below /status/requirements/."""

from django.urls import path

from vpn.assurance import views

urlpatterns = [
    path("answers/", views.answers, name="requirement_answers"),
    path("answers/<slug:question>/", views.answer, name="requirement_answer"),
    path("parts/<slug:key>/accept/", views.accept, name="requirement_accept"),
    path("acceptances/<int:pk>/withdraw/", views.withdraw, name="requirement_withdraw"),
]
