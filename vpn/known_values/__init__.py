"""What the portal has seen in AWS that a form can offer, so that nobody needs to type an id that is known."""
