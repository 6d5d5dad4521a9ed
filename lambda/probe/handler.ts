/** How each probe runs: measure under a deadline, tell it in one line, answer with the same. It never throws: what failed is a figure. */
import { reasonOf, within } from './deadline';
import { type Identity, line, type Metrics, type Report } from './report';

/** Of a whole run. The function's own time limit is above it. */
export const DEADLINE_MS = 8000;

export interface Probe<M extends Metrics> {
  readonly metrics: M;
  readonly identity: Identity;
  readonly measure: (signal: AbortSignal) => Promise<Report<M>>;
  /** What the failure of all of it says: that the other side is down, or nothing where it only refused the probe. */
  readonly failed: (error: unknown) => Report<M>['figures'];
}

/** What `aws lambda invoke` shows. */
export type Told = Readonly<Record<string, unknown>>;

export async function run<M extends Metrics>(
  { metrics, identity, measure, failed }: Probe<M>,
  write: (text: string) => void = (text) => process.stdout.write(`${text}\n`), // console.log puts words before it
  deadlineMs = DEADLINE_MS,
): Promise<Told> {
  const report = await within(deadlineMs, measure).catch(
    (error): Report<M> => ({ figures: failed(error), faults: [reasonOf(error)] }),
  );
  write(line(metrics, identity, report, Date.now()));
  const { figures, faults, notes } = report;
  return { ...figures, faults, ...(notes && { notes }) };
}
