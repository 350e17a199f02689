// The sentences and numbers of a run's figure, written as app/web/training_words.py writes them.

import { t } from "../lib/i18n.ts";
import { figures } from "../lib/numbers.ts";
import type { EpochPoint, RunHistory, StepPoint } from "../lib/training-history.ts";

export function percent(fraction: number | null | undefined): string {
  return fraction === null || fraction === undefined ? "–" : `${(100 * fraction).toFixed(1)} %`;
}

export function figure(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : figures(value);
}

export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (seconds < 10) return t("{seconds} s", { seconds: seconds.toFixed(1) });
  if (whole < 60) return t("{seconds} s", { seconds: whole });
  const minutes = Math.floor(whole / 60);
  if (whole < 3600) return t("{minutes} min {seconds} s", { minutes, seconds: whole % 60 });
  return t("{hours} h {minutes} min", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

/** The figure in a sentence. */
export function runSentence({ epochs, totalEpochs }: RunHistory): string {
  const last = epochs.at(-1);
  if (last?.test_accuracy === undefined || last.test_accuracy === null) return t("No epoch has ended yet.");
  return t("After epoch {epoch} of {epochs} the network names {accuracy} of the test pictures right.", {
    epoch: last.epoch,
    epochs: totalEpochs,
    accuracy: percent(last.test_accuracy),
  });
}

/** What stands on the curves at a place. */
export function readingSentence(
  point: StepPoint | undefined,
  epoch: EpochPoint | undefined,
  stepsPerEpoch: number,
): string {
  if (!point) return t("No step has been made yet.");
  const parts = [
    t("Step {step}, epoch {epoch}: loss {loss}, learning rate {lr}.", {
      step: point.step,
      epoch: figures(Math.round((100 * point.step) / stepsPerEpoch) / 100),
      loss: figure(point.loss),
      lr: figure(point.lr),
    }),
  ];
  if (epoch) {
    parts.push(
      t("After epoch {epoch}: right {train} of the training, {test} of the test pictures.", {
        epoch: epoch.epoch,
        train: percent(epoch.train_accuracy),
        test: percent(epoch.test_accuracy),
      }),
    );
  }
  return parts.join(" ");
}
