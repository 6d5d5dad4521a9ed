/** Which trace a request belongs to, as its headers say: W3C's, else the balancer's. Whether it is traced is not theirs to say. */
import type { IncomingHttpHeaders } from 'node:http';

export interface Caller {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 of them; none where the balancer made the id and no span of its own. */
  readonly spanId?: string;
}

const W3C = /^[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-[\da-f]{2}/;
const BALANCER = /Root=1-([\da-f]{8})-([\da-f]{24})/;
const PARENT = /Parent=([\da-f]{16})/;

export function callerOf(headers: IncomingHttpHeaders): Caller | undefined {
  const [, traceId, spanId] = W3C.exec(`${headers.traceparent ?? ''}`) ?? [];
  if (traceId && spanId) return { traceId, spanId };
  const balancer = `${headers['x-amzn-trace-id'] ?? ''}`;
  const [, time, unique] = BALANCER.exec(balancer) ?? [];
  const parent = PARENT.exec(balancer)?.[1];
  return time && unique ? { traceId: time + unique, ...(parent && { spanId: parent }) } : undefined;
}
