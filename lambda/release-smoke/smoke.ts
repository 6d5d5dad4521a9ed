/** Asks new servers what visitors and machines will ask them, through the balancer's test listener. Says what is wrong, and decides nothing. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import type { SmokeInput } from '../rollout/service';
import { type Answer, healthFault, pageFault } from '../uptime-probe/answers';

const MS = 5000;
/** A listener's rules need seconds until they hold everywhere. */
const TRIES = 4;
const PAUSE_MS = 1500;

type Fault = (answer: Answer) => string | undefined;
type Question = readonly [path: string, fault: Fault];

const statusFault: Fault = ({ status }) => (status === 200 ? undefined : `expected status 200, got ${status}`);

/** Path, and why its answer is none. */
const QUESTIONS: readonly Question[] = [
  ['/livez', statusFault],
  ['/health', healthFault],
  ['/', (answer) => pageFault(answer, '')],
];
/** All that a service besides the backend has to answer: docs/services.md. */
const LEAST_QUESTIONS: readonly Question[] = [
  ['/livez', statusFault],
  ['/health', statusFault],
];

export interface Asking {
  readonly pauseMs?: number;
  /** Authority of the certificate, in PEM. @default those of Node */
  readonly ca?: string;
}

const ask = ({ url, serverName, fleet }: SmokeInput, path: string, ca?: string) =>
  new Promise<Answer>((answered, failed) => {
    const host = serverName ? { host: serverName } : {};
    const options = {
      signal: AbortSignal.timeout(MS),
      headers: { ...host, 'user-agent': 'holdfast-release-smoke', 'x-holdfast-fleet': fleet },
      ...(serverName && { servername: serverName, ca }),
    };
    const sent = (url.startsWith('https') ? httpsRequest : httpRequest)(new URL(path, url), options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        body += part;
      });
      response.on('error', failed);
      response.on('end', () => {
        const [type = ''] = (response.headers['content-type'] ?? '').split(';');
        answered({ status: response.statusCode ?? 0, type: type.trim(), body, cookies: [] });
      });
    });
    sent.on('error', failed);
    sent.end();
  });

async function faultOf(input: SmokeInput, [path, fault]: Question, ca?: string) {
  try {
    const found = fault(await ask(input, path, ca));
    return found && `${path}: ${found}`;
  } catch (error) {
    return `${path}: ${(error as Error).message}`;
  }
}

/** @returns '' when all is well, else what was wrong at the last try. */
export async function smoke(input: SmokeInput, { pauseMs = PAUSE_MS, ca }: Asking = {}): Promise<string> {
  const questions = input.service === 'backend' ? QUESTIONS : LEAST_QUESTIONS;
  for (let tries = 1; ; tries++) {
    const faults = await Promise.all(questions.map((question) => faultOf(input, question, ca)));
    const first = faults.find((fault) => fault !== undefined);
    if (first === undefined || tries === TRIES) return first ?? '';
    await wait(pauseMs);
  }
}
