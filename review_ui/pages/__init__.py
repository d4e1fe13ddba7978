"""One module per screen: parse, load, call one domain function, answer."""
