"""Pictures: bytes of strangers in, arrays out; arrays in, PNG out. Knows neither torch nor HTTP.

A picture's way: :mod:`~app.pictures.decode` hands the bytes to a killable process
(:mod:`~app.pictures.worker`), which strips them of metadata (:mod:`~app.pictures.metadata`) and makes plain
RGB of them (:mod:`~app.pictures.normalise`); :mod:`~app.pictures.store` keeps that for a while;
:mod:`~app.pictures.crop` makes the 32 × 32 input of it; :mod:`~app.pictures.atlas` draws what a network
made of that. :mod:`~app.pictures.samples` draws the bundled pictures.
"""
