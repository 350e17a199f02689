"""HTTP only: reads requests, calls the layers below, renders what they return. Statuses never leave it.

For whoever writes a feature's routes (`app/web/<feature>.py`):

* ``api = api_router("/arithmetic")`` and ``pages = page_router()`` from :mod:`app.web.strict`. Unknown and
  repeated query names, wrong content types, NaN, deep or large JSON are refused before the route function
  runs. ``@body_limit(lambda settings: settings.max_unit_json_bytes)`` under the route's decorator allows a
  larger body.
* ``feature = Feature(routers=(api, pages), room=Room("/arithmetic", _("Arithmetic")), errors={PictureError:
  Rule(422)}, lifespan=open_store)`` from :mod:`app.web.feature`, and one line in ``main.FEATURES``.
* Raise the layer's own error types; :mod:`app.web.errors` has the one table to statuses. An error type
  carries what it has of ``message`` (an English sentence, ``{placeholders}``), ``values``, ``field``,
  ``nearest``, ``address``, ``retry_after_seconds`` and ``extra`` (further members of the problem).
  :mod:`app.web.problems` has the web's own.
* A page is a frozen dataclass: ``class ArithmeticPage(Page): template: ClassVar = "arithmetic.html"; ...``
  and ``return render(request, ArithmeticPage(...))`` from :mod:`app.web.views`. Templates have ``_("…",
  name=value)``, ``ngettext(one, many, count)``, ``asset("pages/arithmetic.js")``, ``imports(…)`` (what such
  a script imports), ``link("/arithmetic")`` (keeps the language), ``language``, ``languages``,
  ``messages_url`` (the browser's translations, None in English), ``path``, ``rooms``.
* A page with a form shows its own errors: ``@shows_problems(draw)`` under the route's decorator, where
  ``draw(request, problem) -> Response`` renders the same page with ``problem.error_of("stride")`` at the
  field.
* ``SettingsDep``, ``LanguageDep`` from :mod:`app.web.dependencies`.
* ``note(request.scope, detected_format="png")`` from :mod:`app.web.request_log` adds facts to the request's
  log line.
* Nothing here may import torch while it is imported (tests/web/test_startup.py): take types from the engine
  under TYPE_CHECKING, import ``app.engine.activations`` in the lifespan's thread, and let the service on
  ``app.state`` raise ``NotReady`` until it is there. ``app.engine.checkpoints`` is free of torch.
* ``app.state.probes.add("networks", probe)`` in a lifespan makes /readyz wait for it.
"""
