/** What visitors get instead of the servers' answers while maintenance is on. Pure. */

/** When to ask again, in seconds. The function at the edge says the same. */
export const RETRY_AFTER_S = 120;

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Maintenance</title>
<h1>We are working on it</h1>
<p>The site is closed for maintenance and opens again soon. Nothing of yours is lost.</p>
</html>
`;

/** What is asked for health decides where DNS leads visitors, and there they would find the same page. */
const HEALTH = ['/livez', '/health', '/health.txt'];
const FOR_PROGRAMS = /^\/(api(\/|$)|ws$)/;

export interface Answer {
  readonly statusCode: number;
  readonly statusDescription: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const JSON_TYPE = 'application/json';

export function answer(path: string): Answer {
  const always = { 'cache-control': 'no-store' };
  if (HEALTH.includes(path)) {
    const headers = { ...always, 'content-type': JSON_TYPE };
    return { statusCode: 200, statusDescription: '200 OK', headers, body: '{"status":"maintenance"}\n' };
  }
  const programs = FOR_PROGRAMS.test(path);
  return {
    statusCode: 503,
    statusDescription: '503 Service Unavailable',
    headers: {
      ...always,
      'content-type': programs ? JSON_TYPE : 'text/html; charset=utf-8',
      'retry-after': `${RETRY_AFTER_S}`,
    },
    body: programs ? '{"error":"Closed for maintenance."}\n' : PAGE,
  };
}
