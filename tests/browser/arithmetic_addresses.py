"""Addresses of the arithmetic page that its tests open."""

SEVEN = "/arithmetic?operation=conv2d&in_channels=1&out_channels=1&height=7&width=7&kernel_size=3"
DEEP = "/arithmetic?operation=conv2d&in_channels=3&out_channels=4&height=7&width=7&kernel_size=3&stride=2"
