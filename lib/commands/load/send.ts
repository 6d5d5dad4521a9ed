/** One visitor's requests over a connection of their own, at an address of their own where that is possible. Judges only against the step. */
import { randomInt } from 'node:crypto';
import { Client } from 'undici';
import { HERE, isLoopback } from '../loopback';
import type { Step, Visitor } from './visit';

/** A visitor waits no longer; the request counts as failed. */
const DEADLINE_MS = 10_000;

/** Linux answers on all of 127.0.0.0/8; a random part, so that the next run meets no spent limit. */
const part = randomInt(1, 255);
const own = (number: number) => `127.${part}.${(number >> 8) & 255}.${number & 255}`;

export function connection({ origin, hostname }: URL, number: number): Client {
  const here = isLoopback(hostname) && hostname !== '[::1]';
  return new Client(origin, {
    headersTimeout: DEADLINE_MS,
    bodyTimeout: DEADLINE_MS,
    ...(here && process.platform === 'linux' && { localAddress: own(number) }),
    connect: { timeout: DEADLINE_MS, ...(here && { lookup: HERE }) },
  });
}

export interface Outcome {
  readonly status?: number;
  /** What was wrong, in a few words. @default nothing was */
  readonly fault?: string;
}

const json = { 'content-type': 'application/json' };

/** Never throws: no answer is a fault too. */
export async function send(client: Client, step: Step, visitor: Visitor): Promise<Outcome> {
  const path = step.path(visitor);
  if (!path) return { fault: 'the page named none' };
  const body = step.body?.(visitor);
  try {
    const {
      statusCode: status,
      headers,
      body: stream,
    } = await client.request({
      method: step.method,
      path,
      headers: { ...(body && json), ...(visitor.cookie && { cookie: visitor.cookie }), ...step.headers?.() },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    const text = await stream.text();
    if (status !== step.expect) return { status, fault: `${status} instead of ${step.expect}` };
    step.remember?.(visitor, { status, cookie: [headers['set-cookie'] ?? []].flat()[0], body: text });
    return { status };
  } catch (error) {
    const { code, name, message } = error as NodeJS.ErrnoException;
    return { fault: name === 'TimeoutError' ? `no answer in ${DEADLINE_MS / 1000} s` : (code ?? message) };
  }
}
