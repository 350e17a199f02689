// The training page: one run that is followed while it trains, or several on one chart. What the server writes of a run's
// state (words, buttons, what can be taken away) is fetched again as the same page; numbers and curves are drawn here.

import { duration, figure, percent, runSentence } from "../draw/training-words.ts";
import { keepForm, valuesOf } from "../elements/kept-form.ts";
import { LearnedPart } from "../elements/learned-part.ts";
import { listen, wake } from "../elements/page-parts.ts";
import { takeOver } from "../elements/parts.ts";
import { TrainingFigure } from "../elements/training-figure.ts";
import { type Racing, TrainingRace } from "../elements/training-race.ts";
import { loadMessages, t } from "../lib/i18n.ts";
import { onReturn, type Showing, showState } from "../lib/location.ts";
import { throttle } from "../lib/throttle.ts";
import { RunHistory } from "../lib/training-history.ts";
import { type CurveLooks, looksPairs, readLooks } from "../lib/training-state.ts";
import { fetchRun, follow } from "../lib/training-stream.ts";

interface LooksEvents {
  "looks-changed": CustomEvent<{ looks: CurveLooks; settled: boolean }>;
}

/** Redrawing may not cost the trainer, which often shares this machine. */
const REDRAW_MS = 250;
const REFRESH_MS = 2000;
/** Of the page, at an epoch's end: a class that watches one run asks for it all at once. The bench counts on this. */
const REFRESH_AT_EPOCHS_MS = 60_000;
const SAY_MS = 5000;
const LOOK_AGAIN_MS = 3000;

await loadMessages();
localTimes();

forgetDeleted();

const learned = new LearnedPart();

const figureElement = document.querySelector<TrainingFigure>("training-figure");
const raceElement = document.querySelector<TrainingRace>("training-race");
if (figureElement) showRun(figureElement);
if (raceElement) showRace(raceElement);
enhanceForm();
keepForm((form, kept) => void sendForm(form, addressOfParts(form), kept));
compareSeveral();

await wake({ "training-figure": TrainingFigure, "training-race": TrainingRace });

/** Where it is said that a run was deleted, in the language of this page. */
function gone(run: string): string {
  const language = new URLSearchParams(location.search).get("lang");
  return `${location.pathname}?deleted=${run}${language ? `&lang=${language}` : ""}`;
}

/** That a run was deleted is said once, not whenever the page is loaded again. */
function forgetDeleted(): void {
  const address = new URL(location.href);
  if (!address.searchParams.has("deleted")) return;
  address.searchParams.delete("deleted");
  history.replaceState(history.state, "", address);
}

function showRun(curves: TrainingFigure): void {
  const run = curves.dataset["run"] ?? "";
  const batchSize = Number(curves.dataset["batch"]);
  const pacePoints = Number(curves.dataset["pacePoints"]);
  const history = new RunHistory(Number(curves.dataset["epochs"]));
  const isEnded = () => document.querySelector("[data-ended]") !== null;
  learned.onChange = keepLooks(curves, () => [["run", run], ...learned.pairs], learned.show);
  curves.history = history;

  const draw = throttle(REDRAW_MS, () => {
    if (document.hidden) return;
    curves.requestUpdate?.(); // not before it is awake
    live("loss", figure(history.steps.at(-1)?.loss));
    live("speed", figure(history.pace(pacePoints)));
    live("epoch", `${history.epochs.at(-1)?.epoch ?? 0} / ${history.totalEpochs}`);
    const left = history.secondsLeft(batchSize, pacePoints);
    live("left", left === undefined ? "–" : duration(left));
    const last = history.epochs.at(-1);
    if (last && !history.isEnded) {
      live("accuracy", percent(last.test_accuracy)); // of a finished run the server has measured it once more
      live("sentence", runSentence(history));
    }
  });
  document.addEventListener("visibilitychange", draw);
  const refresh = throttle(REFRESH_MS, () => void refreshParts());
  const refreshSeldom = throttle(REFRESH_AT_EPOCHS_MS, () => void refreshParts());
  const say = throttle(SAY_MS, () => live("said", runSentence(history)));

  if (isEnded()) {
    void fetchRun(run).then((answer) => {
      history.load(answer);
      draw();
    });
  } else {
    let state = "";
    follow(run, history, {
      onNews: (kind) => {
        draw();
        if (kind === "epoch") say();
        if (kind === "epoch") refreshSeldom();
        if (kind === "start" || history.state !== state) refresh();
        state = history.state;
      },
      onLine: (isThere) => live("line", isThere ? "" : t("The server cannot be reached. Trying again …")),
      onGone: () => location.replace(gone(run)),
    });
  }
  actWithoutLeaving();
}

/** Buttons of a run do what they do without scripts, and the page takes over what has changed. */
function actWithoutLeaving(): void {
  document.addEventListener("submit", async (event) => {
    const form = event.target as HTMLFormElement;
    const action = form.getAttribute("data-action"); // a field of a form may be called dataset
    if (!action || action === "delete") return;
    event.preventDefault();
    const asked = fetch(form.action, { method: "POST", headers: { accept: "text/html" } });
    const answer = await asked.catch(() => undefined);
    if (!answer)
      return live("line", t("The server cannot be reached. Check the connection, then try again."));
    // A run that has ended is followed again by the whole page: its stream is closed.
    if (!answer.ok || document.querySelector("[data-ended]")) location.reload();
    else takeOver(new DOMParser().parseFromString(await answer.text(), "text/html"));
    localTimes();
  });
}

async function refreshParts(): Promise<void> {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => undefined);
  if (!answer?.ok) return;
  const ticked = new Set(ticks().flatMap(({ checked, value }) => (checked ? [value] : [])));
  takeOver(new DOMParser().parseFromString(await answer.text(), "text/html"));
  learned.tellKept();
  for (const tick of ticks()) tick.checked = ticked.has(tick.value);
  localTimes();
}

function ticks(): HTMLInputElement[] {
  return [...document.querySelectorAll<HTMLInputElement>('.runs input[type="checkbox"]')];
}

/** Where fewer than two runs are ticked it is said so, and what is on the page stays. */
function compareSeveral(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const said = form.querySelector<HTMLElement>("[data-too-few]");
    if (!said || ticks().filter(({ checked }) => checked).length > 1) return;
    event.preventDefault();
    said.hidden = false;
  });
}

function showRace(race: TrainingRace): void {
  const rows = [...document.querySelectorAll<HTMLElement>(".compared [data-run]")];
  const runs = rows.map(({ dataset }): Racing & { run: string } => ({
    run: dataset["run"] ?? "",
    racer: dataset["racer"] ?? "",
    dash: Number(dataset["line"]),
    history: new RunHistory(1),
  }));
  keepLooks(race, () => [["runs", runs.map(({ run }) => run).join(",")]]);
  race.runs = runs;
  const look = async (): Promise<void> => {
    const open = runs.filter(({ history }) => !history.isEnded);
    await Promise.allSettled(open.map(async ({ run, history }) => history.load(await fetchRun(run))));
    race.requestUpdate?.();
    if (open.every(({ history }) => history.isEnded)) return;
    await refreshParts();
    setTimeout(look, LOOK_AGAIN_MS);
  };
  void look();
}

type Pairs = (readonly [string, string | number | undefined])[];

/** The address says how curves are looked at, beside what else is `shown`; what it returns writes the address. */
function keepLooks(
  curves: TrainingFigure | TrainingRace,
  shown: () => Pairs,
  read: (query: URLSearchParams) => void = () => {},
): (how: Showing) => void {
  const keep = (how: Showing) => showState([...shown(), ...looksPairs(curves.looks)], how);
  curves.looks = readLooks(new URLSearchParams(location.search));
  listen<LooksEvents>(curves, {
    "looks-changed": ({ settled }) => keep(settled ? { push: true } : { moving: true }),
  });
  onReturn((query) => {
    curves.looks = readLooks(query);
    read(query);
  });
  return keep;
}

function live(name: string, text: string): void {
  for (const place of document.querySelectorAll(`[data-live="${name}"]`)) {
    if (place.textContent !== text) place.textContent = text;
  }
}

/** Times as this person's clock shows them. */
function localTimes(): void {
  for (const time of document.querySelectorAll("time")) {
    const at = new Date(time.dateTime);
    const two = (value: number) => String(value).padStart(2, "0");
    time.textContent = `${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
  }
}

/** Buttons that only change the form do so without loading the page again. Another network comes with its recipe. */
function enhanceForm(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const button = event.submitter as HTMLButtonElement | null;
    if (!form.matches(".begin") || !button?.hasAttribute("formaction")) return;
    event.preventDefault();
    void changeForm(form, button.formAction, button);
  });
  document.addEventListener("change", ({ target }) => {
    const { form, name, value } = target as HTMLInputElement;
    const filling = form?.querySelector<HTMLButtonElement>(
      `button[name="recipe"][value="${CSS.escape(value)}"]`,
    );
    if (form && name === "network" && filling) void changeForm(form, filling.formAction);
  });
}

/** Where the form is written with other values, which starts nothing. */
function addressOfParts(form: HTMLFormElement): string {
  const address = new URL(form.action);
  address.pathname += "/form";
  return String(address);
}

function changeForm(form: HTMLFormElement, action: string, button?: HTMLButtonElement): Promise<void> {
  return sendForm(form, action, valuesOf(form, button));
}

async function sendForm(form: HTMLFormElement, action: string, body: URLSearchParams): Promise<void> {
  const whole = form.parentElement;
  const place = form.querySelector(".estimate");
  whole?.setAttribute("aria-busy", "true"); // an estimate takes some seconds
  if (place && action.includes("/estimate")) place.textContent = t("A few steps are being tried …");
  try {
    const answer = await fetch(action, { method: "POST", body, headers: { accept: "text/html" } });
    takeOver(new DOMParser().parseFromString(await answer.text(), "text/html"));
    localTimes();
  } catch {
    if (place) place.textContent = t("The server cannot be reached. Check the connection, then try again.");
  } finally {
    whole?.removeAttribute("aria-busy");
  }
}
