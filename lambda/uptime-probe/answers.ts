/** What the site's answers must be, and what a certificate says. Asks nothing. */

export const METRICS = {
  /** 1 when every check below holds. */
  Up: 'Count',
  /** 1 when the name leads to an address. */
  Dns: 'logged',
  /** 1 when the certificate is valid for the name. */
  Tls: 'logged',
  /** Days until the certificate that was shown ends; below 0 when it has. */
  CertificateDays: 'Count',
  /** 1 when the page is HTML with its marker. */
  Page: 'logged',
  PageTime: 'logged',
  /** 1 when /health is JSON and says that all is well: behind a CDN a wrong rule answers with the page, and 200. */
  Health: 'logged',
  /** 1 when the synthetic user logged in, was known by the session, and logged out. Absent where nobody asked for it. */
  Login: 'logged',
  /** Of the whole run. */
  Duration: 'logged',
} as const;

export interface Answer {
  readonly status: number;
  /** Media type, without its parameters. */
  readonly type: string;
  readonly body: string;
  /** `name=value` of each cookie. */
  readonly cookies: readonly string[];
}

/** Why it isn't the page; nothing when it is. */
export function pageFault({ status, type, body }: Answer, marker: string): string | undefined {
  if (status !== 200) return `expected status 200, got ${status}`;
  if (type !== 'text/html') return `expected text/html, got ${type || 'no type'}`;
  return body.includes(marker)
    ? undefined
    : `expected ${JSON.stringify(marker)} in it, got ${body.length} bytes without`;
}

/** Why it isn't a healthy answer; nothing when it is. */
export function healthFault({ status, type, body }: Answer): string | undefined {
  if (type !== 'application/json') return `expected application/json, got ${type || 'no type'} with status ${status}`;
  let said: unknown;
  try {
    said = (JSON.parse(body) as { readonly status?: unknown } | null)?.status;
  } catch {
    return `expected JSON, got ${body.length} bytes that are none`;
  }
  return status === 200 && said === 'healthy'
    ? undefined
    : `expected status 200 and "healthy", got ${status} and ${JSON.stringify(said)}`;
}

const DAY_MS = 86_400_000;

/** @param end as a certificate says it: `Nov 28 12:00:00 2026 GMT` */
export const daysLeft = (end: string, now: number): number => Math.floor((Date.parse(end) - now) / DAY_MS);
