/** The four steps in which Secrets Manager has a secret replaced; each may be killed anywhere and comes again. What the secret opens, a core knows. */
import { type Vault, vaultOf } from './vault';

/** As Secrets Manager calls. */
export interface Call {
  readonly Step: string;
  readonly SecretId: string;
  /** Id of the version that is coming. */
  readonly ClientRequestToken: string;
}

export interface Known<S> {
  readonly current: S;
  /** The ten newest values, labelled or not; the newest first. */
  readonly all: () => Promise<readonly S[]>;
}

export interface Core<S> {
  /** What comes after the current value. */
  readonly next: (current: S) => S;
  /** Has the pending value open what it is for, beside the current one. */
  readonly set: (pending: S, known: Known<S>) => Promise<void>;
  /** Throws when it doesn't. Is asked with the current value too, when a schedule is set up. */
  readonly test: (pending: S) => Promise<void>;
}

/** Throws on labels that no rotation makes: Secrets Manager tries again, and the function's errors alarm. */
export async function rotate<S>(vault: Vault, { Step, SecretId, ClientRequestToken: token }: Call, core: Core<S>) {
  const labels = await vault.labels();
  const mine = labels[token];
  if (mine?.includes('AWSCURRENT')) return; // an earlier run came to the end
  const refuse = (expected: string, got: string) => new Error(`${SecretId}: expected ${expected}, got ${got}`);
  if (!mine?.includes('AWSPENDING'))
    throw refuse(`version ${token} labelled AWSPENDING`, mine ? mine.join(', ') || 'no label' : 'no such version');
  const [current] = Object.entries(labels).find(([, each]) => each.includes('AWSCURRENT')) ?? [];
  if (!current) throw refuse('a version labelled AWSCURRENT', 'none');
  const parsed = async (version: string): Promise<S | undefined> => {
    const text = await vault.read(version);
    return text === undefined ? undefined : (JSON.parse(text) as S);
  };
  const known = async (version: string) => {
    const value = await parsed(version);
    if (value === undefined) throw refuse(`a value of version ${version}`, 'none');
    return value;
  };
  const all = async () => {
    const values = await Promise.all((await vault.history()).slice(0, 10).map(parsed));
    return values.filter((value) => value !== undefined);
  };
  switch (Step) {
    case 'createSecret':
      if ((await parsed(token)) === undefined) await vault.add(token, JSON.stringify(core.next(await known(current))));
      return;
    case 'setSecret':
      return core.set(await known(token), { current: await known(current), all });
    case 'testSecret':
      return core.test(await known(token));
    case 'finishSecret':
      return vault.makeCurrent(token, current);
    default:
      throw new Error(`Step: expected createSecret, setSecret, testSecret or finishSecret, got ${Step}`);
  }
}

/** A handler for any secret of the core's kind. */
export const rotating =
  <S>(core: Core<S>) =>
  (call: Call): Promise<void> =>
    rotate(vaultOf(call.SecretId), call, core);
