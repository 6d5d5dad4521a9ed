/** Looks, decides and acts until nothing is left to do. Keeps nothing: stopped anywhere, the same command goes on. */
import { setTimeout as wait } from 'node:timers/promises';
import { ConfigError } from '../config/config-error';
import { patiently } from './patiently';

type Step<Action> =
  | { readonly kind: 'act'; readonly actions: readonly Action[] }
  | { readonly kind: 'wait'; readonly what: string }
  | { readonly kind: 'refused'; readonly reason: string };

export interface Drive<Action, Done extends { readonly kind: 'done' }> {
  look(): Promise<Step<Action> | Done>;
  act(action: Action): Promise<void>;
  say(text: string): void;
  words(action: Action): string;
  /** Between two looks. @default 10 s */
  readonly lookMs?: number;
}

/** While a name changes hands RDS shows it under none for a moment: what is refused after an action is looked at again so often. */
const DOUBTS = 12;
/** So often one action is asked for again before AWS is believed not to take it. */
const TRIES = 30;

/** Throws a ConfigError with the reason where it is refused. */
export async function drive<Action, Done extends { readonly kind: 'done' }>({
  look,
  act,
  say,
  words,
  lookMs = 10_000,
}: Drive<Action, Done>): Promise<Done> {
  const asked = new Map<string, number>();
  let doubts = 0;
  let shown = '';
  const tell = (text: string) => {
    if (text !== shown) say(text);
    shown = text;
  };
  for (; ; await wait(lookMs)) {
    const step = await patiently(look, tell, lookMs);
    if (step.kind === 'done') return step;
    if (step.kind === 'refused') {
      if (asked.size === 0 || doubts++ >= DOUBTS) throw new ConfigError(step.reason);
      continue;
    }
    doubts = 0;
    if (step.kind === 'wait') {
      tell(step.what);
      continue;
    }
    for (const action of step.actions) {
      const text = words(action);
      const tries = (asked.get(text) ?? 0) + 1;
      if (tries > TRIES) throw new ConfigError(`${text}: expected AWS to do it, got nothing done after ${TRIES} tries`);
      asked.set(text, tries);
      tell(text);
      await act(action);
    }
  }
}
