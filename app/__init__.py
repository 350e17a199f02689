"""ConvScope: see convolution, from the formula to a trained network's feature maps."""
