"""allauth's own URL names and paths for SAML, so that its reverse() calls meet our hardened views."""

from django.urls import path

from portal.access.breakglass import views as breakglass
from portal.access.saml import views as saml
from portal.access.sign_in import views as sign_in

urlpatterns = [
    path("login/", sign_in.sign_in, name="account_login"),
    path("logout/", sign_in.sign_out, name="account_logout"),
    path("signed-out/", sign_in.signed_out, name="signed_out"),
    path("breakglass/<str:token>/", breakglass.use, name="breakglass"),
    path("saml/<slug:organization_slug>/login/", saml.login, name="saml_login"),
    path("saml/<slug:organization_slug>/acs/", saml.acs, name="saml_acs"),
    path("saml/<slug:organization_slug>/acs/finish/", saml.finish_acs, name="saml_finish_acs"),
    path("saml/<slug:organization_slug>/sls/", saml.sls, name="saml_sls"),
    path("saml/<slug:organization_slug>/metadata/", saml.sp_metadata, name="saml_metadata"),
]
