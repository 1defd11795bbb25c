"""What many connections come to: counts by day and by person, and the page that draws them."""
