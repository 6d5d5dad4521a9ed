/** CloudWatch's log events as OpenSearch's bulk requests, and what its answer means. Pure: no request, no clock. */
import { gunzipSync } from 'node:zlib';

export interface Batch {
  /** A control message asks whether we are there, and holds no event. */
  readonly messageType: 'DATA_MESSAGE' | 'CONTROL_MESSAGE';
  readonly logGroup: string;
  readonly logStream: string;
  readonly logEvents: readonly { readonly id: string; readonly timestamp: number; readonly message: string }[];
}

/** @param data As a subscription hands it over: base64 of gzip of JSON. */
export const decoded = (data: string): Batch => JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString());

/** A line of JSON keeps its fields; any other becomes `message`. */
function fieldsOf(message: string): object {
  try {
    const parsed: unknown = JSON.parse(message);
    return parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed) ? parsed : { message };
  } catch {
    return { message };
  }
}

/** An index a day: `name-2026.11.28`. The event's own id makes a batch that comes twice write each line once. */
export function bulkOf({ logGroup, logStream, logEvents }: Batch, index: string): readonly string[] {
  return logEvents.map(({ id, timestamp, message }) => {
    const at = new Date(timestamp).toISOString();
    const _index = `${index}-${at.slice(0, 10).replaceAll('-', '.')}`;
    const source = { ...fieldsOf(message), '@timestamp': at, logGroup, logStream };
    return `${JSON.stringify({ create: { _index, _id: id } })}\n${JSON.stringify(source)}\n`;
  });
}

interface Item {
  readonly create: { readonly status: number; readonly error?: { readonly type: string } };
}

export interface Outcome {
  /** Places of those that may succeed when they are sent again. */
  readonly again: readonly number[];
  /** Kinds of error of those that never will, such as a field of another type; what the line says isn't told. */
  readonly refused: readonly string[];
}

/** @param items In the order they were sent. 409 says that the line is there already. */
export function outcomeOf(items: readonly Item[]): Outcome {
  const statuses = items.map(({ create }, place) => ({ place, ...create }));
  const passing = (status: number) => status === 429 || status >= 500;
  return {
    again: statuses.filter(({ status }) => passing(status)).map(({ place }) => place),
    refused: statuses
      .filter(({ status }) => status >= 400 && status !== 409 && !passing(status))
      .map(({ status, error }) => error?.type ?? `${status}`),
  };
}
