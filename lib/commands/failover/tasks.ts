/** The ways through the command: foresee, begin, go on. Each returns an exit code and throws a ConfigError for what the user can mend. */
import { setTimeout as wait } from 'node:timers/promises';
import type { FailoverInput } from '../../../lambda/failover/places';
import { ConfigError } from '../../config/config-error';
import { patiently } from '../patiently';
import type { Execution, Machine } from './deployed';
import { type Foreseen, foresee } from './foresee';
import type { FailoverOptions } from './options';

/** One line of `--json`. */
export interface Event {
  readonly event: 'plan' | 'started' | 'step' | 'end';
  readonly steps?: readonly string[];
  readonly outcome?: 'done' | 'refused' | 'stuck';
  /** The line for people. */
  readonly text: string;
}

export interface Task {
  readonly machine: Machine;
  readonly options: FailoverOptions;
  readonly maxLagSeconds: number;
  readonly who: string;
  readonly say: (event: Event) => void;
  /** Throws a ConfigError where the person doesn't agree. */
  readonly agree: () => Promise<void>;
  /** Between looks. @default 2 s */
  readonly lookMs?: number;
}

/** Its execution's name says who, when and where to: at most 80 letters, digits, - and _, with room for what a resumption adds. */
const idOf = (to: string, who: string) =>
  `${to}_${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}_${who.replace(/[^\w-]/g, '-').slice(0, 24) || 'unknown'}`;

const orderOf = ({ options, maxLagSeconds, who }: Task): FailoverInput => ({
  id: idOf(options.to, who),
  to: options.to,
  force: options.force,
  maxLagSeconds,
  who,
});

function show({ say }: Task, { steps, said, end }: Foreseen): void {
  const text = [...steps.map((step, index) => `  ${index + 1}. ${step}`), `  ${said}`].join('\n');
  say({ event: 'plan', steps, outcome: end, text: `plan\n${text}` });
}

async function planned(task: Task, order: FailoverInput): Promise<Foreseen> {
  const { machine } = task;
  const plan = foresee(order, machine.places, await machine.look(order));
  if (plan.end === 'refused') throw new ConfigError(plan.said);
  show(task, plan);
  return plan;
}

export async function dryRun(task: Task): Promise<number> {
  const { end } = await planned(task, orderOf(task));
  return end === 'done' ? 0 : 1;
}

async function follow({ machine, say, options, lookMs = 2000 }: Task, name: string): Promise<number> {
  let shown: string | undefined;
  const silent = (text: string) => say({ event: 'step', text });
  for (;;) {
    const seen = await patiently(() => machine.execution(name), silent, lookMs);
    const { status = 'RUNNING', said, cause, isFull } = seen ?? {};
    if (said !== undefined && said !== shown) say({ event: 'step', text: said });
    shown = said;
    if (status === 'SUCCEEDED' && !isFull) {
      say({ event: 'end', outcome: 'done', text: `${options.to} writes` });
      return 0;
    }
    if (status !== 'RUNNING') {
      const how = isFull ? 'its execution is full, and another one goes on' : `${status}${cause ? `: ${cause}` : ''}`;
      throw new ConfigError(`${name}: expected to end with ${options.to} writing, got ${how}; go on with --resume`);
    }
    await wait(lookMs);
  }
}

export async function begin(task: Task): Promise<number> {
  const order = orderOf(task);
  await planned(task, order);
  await task.agree();
  await task.machine.start(order, order.id);
  task.say({ event: 'started', text: `${order.id} begins` });
  return follow(task, order.id);
}

const mendOf = ({ status, input }: Execution) =>
  `${input.id}, which ${status === 'SUCCEEDED' ? 'is done' : 'goes elsewhere'}`;

export async function resume(task: Task): Promise<number> {
  const { machine, options, say } = task;
  const last = await machine.last();
  if (!last || last.input.to !== options.to || last.status === 'SUCCEEDED')
    throw new ConfigError(
      `--resume: expected a failover to ${options.to} that hasn't ended, got ${last ? mendOf(last) : 'none'}`,
    );
  if (last.status === 'RUNNING') return follow(task, last.name);
  const { begun: _, ...input } = { ...last.input, force: last.input.force || options.force };
  const name = `${input.id}_again_${Date.now().toString(36)}`;
  await task.agree();
  await machine.start(input, name);
  say({ event: 'started', text: `${input.id} goes on` });
  return follow(task, name);
}
