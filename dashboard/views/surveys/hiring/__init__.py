"""Job posts: how many name a framework, and which frameworks cannot be counted so."""
