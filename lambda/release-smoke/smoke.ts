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

/** Path, and why its answer is none. */
const QUESTIONS: readonly (readonly [path: string, fault: (answer: Answer) => string | undefined])[] = [
  ['/livez', ({ status }) => (status === 200 ? undefined : `expected status 200, got ${status}`)],
  ['/health', healthFault],
  ['/', (answer) => pageFault(answer, '')],
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

async function faultOf(input: SmokeInput, [path, fault]: (typeof QUESTIONS)[number], ca?: string) {
  try {
    const found = fault(await ask(input, path, ca));
    return found && `${path}: ${found}`;
  } catch (error) {
    return `${path}: ${(error as Error).message}`;
  }
}

/** @returns '' when all is well, else what was wrong at the last try. */
export async function smoke(input: SmokeInput, { pauseMs = PAUSE_MS, ca }: Asking = {}): Promise<string> {
  for (let tries = 1; ; tries++) {
    const faults = await Promise.all(QUESTIONS.map((question) => faultOf(input, question, ca)));
    const first = faults.find((fault) => fault !== undefined);
    if (first === undefined || tries === TRIES) return first ?? '';
    await wait(pauseMs);
  }
}
