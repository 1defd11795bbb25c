from django.urls import path

from vpn.incidents import views

urlpatterns = [
    path("", views.incidents, name="incidents"),
    path("new/", views.new, name="incident_new"),
    path("<int:pk>/", views.incident, name="incident"),
    path("<int:pk>/posts/", views.post, name="incident_post"),
    path("<int:pk>/edit/", views.edit, name="incident_edit"),
    path("<int:pk>/posts/<int:post_pk>/edit/", views.edit_post, name="incident_post_edit"),
]
