from django.urls import path

from vpn.drills import views

urlpatterns = [
    path("", views.drills, name="drills"),
    path("new/", views.new, name="drill_new"),
    path("<int:pk>/", views.drill, name="drill"),
    path("<int:pk>/cancel/", views.cancel, name="drill_cancel"),
]
