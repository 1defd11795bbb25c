"""Sign-in by SAML: allauth's provider, python3-saml's cryptography, and the checks that both leave out."""
