import { fieldErrors } from '../../app/backend/http/errors';
import { forged } from '../../app/backend/http/foreign';
import { backoff } from '../../app/backend/redis/backoff';
import { message } from '../../app/frontend/src/api';

const request = (headers: Record<string, string>, method = 'POST') => ({
  method,
  headers,
  host: 'a.example',
  protocol: 'https' as const,
});

it.each([
  ['without a word about its site', {}, false],
  ['from the same origin', { 'sec-fetch-site': 'same-origin' }, false],
  ['from another site', { 'sec-fetch-site': 'cross-site' }, true],
  ['from a sibling of the site', { 'sec-fetch-site': 'same-site' }, true],
  ['of an old browser at the same origin', { origin: 'https://a.example' }, false],
  ['of an old browser elsewhere', { origin: 'https://b.example' }, true],
])('a changing request %s is foreign: %#', (_, headers, expected) => {
  expect(forged(request(headers), [])).toBe(expected);
});

it('lets anybody read', () => {
  expect(forged(request({ 'sec-fetch-site': 'cross-site' }, 'GET'), [])).toBe(false);
});

it('waits longer each time, never more than a second, and never as long as the others', () => {
  const waits = Array.from({ length: 12 }, (_, attempt) => backoff(attempt, () => 1));
  expect(waits).toEqual([...waits].sort((a, b) => a - b));
  expect(Math.max(...waits)).toBe(1000);
  expect(backoff(5, () => 0)).toBeLessThan(backoff(5, () => 1));
});

it('names a missing field by its own name', () => {
  const found = [
    { instancePath: '', keyword: 'required', params: { missingProperty: 'email' }, schemaPath: '', message: 'x' },
  ];
  expect(fieldErrors(found)).toEqual({ email: 'is missing' });
});

it('tells a person what to do about an outage', () => {
  expect(message(503)).toMatch(/again in a moment/);
  expect(message(0)).toMatch(/network/);
});
