/** What the uptime probe takes for a page and for health, answer by answer. */
import { daysLeft, healthFault, pageFault } from '../../../../lambda/uptime-probe/answers';

const answer = (status: number, type: string, body: string) => ({ status, type, body, cookies: [] });

it('takes no page for a healthy answer, as a CDN gives one without a rule for /health', () => {
  expect(healthFault(answer(200, 'text/html', '<title>Holdfast</title>'))).toBe(
    'expected application/json, got text/html with status 200',
  );
});

it.each([
  [503, '{"status":"unhealthy"}', 'expected status 200 and "healthy", got 503 and "unhealthy"'],
  [500, '{"status":"healthy"}', 'expected status 200 and "healthy", got 500 and "healthy"'],
  [200, '{"status":', 'expected JSON, got 10 bytes that are none'],
  [200, 'null', 'expected status 200 and "healthy", got 200 and undefined'],
  [200, '{"status":"healthy"}', undefined],
])('says what is wrong with %s %s', (status, body, fault) => {
  expect(healthFault(answer(status, 'application/json', body))).toBe(fault);
});

it.each([
  ['without its marker', answer(200, 'text/html', 'parked'), 'expected "<title>" in it, got 6 bytes without'],
  ['of another status', answer(404, 'text/html', '<title>'), 'expected status 200, got 404'],
  ['without a type', answer(200, '', '<title>'), 'expected text/html, got no type'],
  ['as it should be', answer(200, 'text/html', '<title>'), undefined],
])('judges a page %s', (_, page, fault) => {
  expect(pageFault(page, '<title>')).toBe(fault);
});

it('counts whole days to the end of a certificate, below 0 after it', () => {
  const now = Date.parse('2026-11-28T12:00:00Z');
  expect(daysLeft('Dec 12 13:00:00 2026 GMT', now)).toBe(14);
  expect(daysLeft('Nov 27 13:00:00 2026 GMT', now)).toBe(-1);
});
