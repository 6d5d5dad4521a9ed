/** What backend and worker tell each other about a job. Holds ids, never a person's data: a queue is read by many. */

export interface Job {
  /** The same however often it is delivered. */
  readonly id: string;
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Of the request that asked for it, so that its lines and the job's meet. */
  readonly requestId: string;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Throws an Error that names what a message lacks; never prints its contents. */
export function job(body: string): Job {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Error('message: expected a job as JSON, got something else');
  }
  const { id, kind, data, requestId } = isRecord(value) ? value : {};
  if (typeof id !== 'string' || !/^[0-9a-f-]{36}$/.test(id)) throw new Error('message.id: expected a UUID');
  if (typeof kind !== 'string' || kind === '') throw new Error('message.kind: expected the kind of a job');
  if (!isRecord(data)) throw new Error('message.data: expected an object');
  return { id, kind, data, requestId: typeof requestId === 'string' ? requestId : '' };
}
