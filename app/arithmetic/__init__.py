"""The arithmetic of layers and networks: standard library and pydantic, never torch, never the web.

* :mod:`~app.arithmetic.layers`: the specification of a layer.
* :mod:`~app.arithmetic.specification`: the specification of a network, and its layers in their places.
* :mod:`~app.arithmetic.errors`: ``InvalidSpec``, the one error, with the nearest valid value.
* :mod:`~app.arithmetic.parsing`: a layer and its input from a query's texts.
* :mod:`~app.arithmetic.description`: everything about one layer on one input, ``describe(layer, shape)``.
* :mod:`~app.arithmetic.network`: a network layer by layer, ``tabulate(network)``; a unit's ``box``.
* :mod:`~app.arithmetic.walkthrough`: one output cell written out, ``walk_through(…)``.
* :mod:`~app.arithmetic.solutions`: every layer that turns one size into another, ``solve(…)``.

Under them: geometry (one axis), acceptance (what PyTorch refuses, and the nearest it accepts), repairs, cost,
receptive_field, formula, source and network_source, shapes.
"""
