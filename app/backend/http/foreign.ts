/** Whether a browser says that a request comes from another site's page. Clients that say nothing pass: they are no browsers. */
import type { FastifyRequest } from 'fastify';

type Asked = Pick<FastifyRequest, 'method' | 'headers' | 'host' | 'protocol'>;

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether the page that asks is ours or one of `allowed`, as far as the browser says. */
export function fromElsewhere({ headers, host, protocol }: Asked, allowed: readonly string[]): boolean {
  const { origin } = headers;
  if (origin !== undefined && allowed.includes(origin)) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  return origin !== undefined && origin !== `${protocol}://${host}`;
}

/** Whether it would change something in the visitor's name from there. */
export const forged = (request: Asked, allowed: readonly string[]): boolean =>
  !SAFE.has(request.method) && fromElsewhere(request, allowed);
