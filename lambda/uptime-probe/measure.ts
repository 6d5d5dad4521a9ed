/** One look at the site from outside, as a visitor has it: name, certificate, page, health, login. */
import { reasonOf, within } from '../probe/deadline';
import type { Report } from '../probe/report';
import { daysLeft, healthFault, type METRICS, pageFault } from './answers';
import { certificate, client, resolve, type Site } from './ask';
import { loginFault } from './login';

/** A check that takes longer has failed: nobody waits for a page for so long. */
const CHECK_MS = 5000;

export interface Watched extends Site {
  /** Text that the page holds. */
  readonly marker: string;
  /** Of the synthetic user. @default none, who isn't looked after then */
  readonly password?: () => Promise<string>;
}

interface Check<T> {
  /** What it found; undefined when it failed. */
  readonly value: T | undefined;
  readonly fault: string | undefined;
  readonly ms: number;
}

/** Runs a check to its end or its time limit. `judge` says why what was found won't do. */
async function check<T>(
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  judge: (value: T) => string | undefined = () => undefined,
): Promise<Check<T>> {
  const started = Date.now();
  try {
    const value = await within(ms, work);
    return { value, fault: judge(value), ms: Date.now() - started };
  } catch (error) {
    return { value: undefined, fault: reasonOf(error), ms: Date.now() - started };
  }
}

const held = ({ fault }: Check<unknown>) => (fault === undefined ? 1 : 0);

export async function measure(site: Watched, checkMs = CHECK_MS): Promise<Report<typeof METRICS>> {
  const started = Date.now();
  const { marker, password } = site;
  const dns = await check(checkMs, () => resolve(site));
  const address = dns.value;
  const failed = dns.fault && { value: undefined, fault: 'the name has no address', ms: 0 };
  const look = <T>(work: (signal: AbortSignal, at: string) => Promise<T>, judge?: (value: T) => string | undefined) =>
    failed || !address ? Promise.resolve(failed as Check<T>) : check(checkMs, (signal) => work(signal, address), judge);
  const visit = <T>(
    work: (ask: ReturnType<typeof client>['ask']) => Promise<T>,
    judge?: (v: T) => string | undefined,
  ) =>
    look(async (signal, at) => {
      const visitor = client(site, at, signal);
      try {
        return await work(visitor.ask);
      } finally {
        visitor.close();
      }
    }, judge);

  const [tls, page, health, login] = await Promise.all([
    look(
      (signal, at) => certificate(site, at, signal),
      ({ fault }) => fault,
    ),
    visit(
      (ask) => ask({ path: '/' }),
      (answer) => pageFault(answer, marker),
    ),
    visit((ask) => ask({ path: '/health' }), healthFault),
    password &&
      visit(
        async (ask) => loginFault(ask, await password()),
        (fault) => fault,
      ),
  ]);
  const checks = { Dns: dns, Tls: tls, Page: page, Health: health, ...(login && { Login: login }) };
  const states = Object.fromEntries(Object.entries(checks).map(([name, each]) => [name, held(each)]));
  const now = Date.now();
  return {
    figures: {
      ...states,
      Up: Object.values(states).every((state) => state === 1) ? 1 : 0,
      CertificateDays: tls.value && daysLeft(tls.value.end, now),
      PageTime: page.value && page.ms,
      Duration: now - started,
    },
    faults: Object.entries(checks).flatMap(([name, { fault }]) => (fault ? [`${name}: ${fault}`] : [])),
  };
}
