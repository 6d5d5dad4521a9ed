/** The worker's figures: at `/metrics` for Prometheus, and each minute as a line of the log for CloudWatch, also when nothing was done. */
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { emf } from '../backend/metrics/emf';

const EVERY_MS = 60_000;
const SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300];

export type Result = 'done' | 'repeated' | 'failed';

export class Figures {
  readonly registry = new Registry();
  readonly #write: (line: object) => void;
  readonly #environment: string;
  readonly #timer: NodeJS.Timeout;
  readonly #jobs = new Counter({
    registers: [this.registry],
    name: 'jobs_total',
    help: 'Jobs by how they ended: done, repeated (done before), failed',
    labelNames: ['kind', 'result'] as const,
  });
  readonly #seconds = new Histogram({
    registers: [this.registry],
    name: 'job_duration_seconds',
    help: 'Time a job took',
    labelNames: ['kind'] as const,
    buckets: SECONDS,
  });
  #counts = { done: 0, repeated: 0, failed: 0 };

  constructor(environment: string, write: (line: object) => void) {
    this.#environment = environment;
    this.#write = write;
    collectDefaultMetrics({ register: this.registry });
    this.#timer = setInterval(() => this.flush(), EVERY_MS).unref();
    this.flush(); // alive from the first second on
  }

  count(kind: string, result: Result, seconds: number): void {
    this.#jobs.inc({ kind, result });
    this.#seconds.observe({ kind }, seconds);
    this.#counts[result] += 1;
  }

  /** `Workers` is 1 from each process: its sum is how many live, and silence means none. What became of jobs is no metric of CloudWatch, which costs: it stands in the line. */
  flush(): void {
    const jobs = this.#counts;
    this.#counts = { done: 0, repeated: 0, failed: 0 };
    this.#write({ ...emf('Holdfast/Jobs', this.#environment, { Workers: [1, 'Count'] }), jobs });
  }

  close(): void {
    clearInterval(this.#timer);
    this.flush();
  }
}
