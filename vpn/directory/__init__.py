"""Groups and people as the company's directory has them: IAM Identity Center's Identity Store, or a list of names."""
