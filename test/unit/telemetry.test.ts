/** The pure parts of tracing and error reports: whose trace a request is, and what an error report may not hold. */
import { masked } from '../../app/backend/error-reports/masked';
import { callerOf } from '../../app/backend/tracing/caller';

const TRACE = 'ab'.repeat(16);
const SPAN = 'cd'.repeat(8);

it.each([
  ["W3C's header", { traceparent: `00-${TRACE}-${SPAN}-01` }, { traceId: TRACE, spanId: SPAN }],
  [
    "the balancer's header",
    { 'x-amzn-trace-id': `Root=1-67891233-${'e'.repeat(24)}` },
    { traceId: `67891233${'e'.repeat(24)}` },
  ],
  [
    'both, of which W3C’s is nearer',
    { traceparent: `00-${TRACE}-${SPAN}-01`, 'x-amzn-trace-id': `Root=1-67891233-${'e'.repeat(24)}` },
    { traceId: TRACE, spanId: SPAN },
  ],
  ['no header', {}, undefined],
  ['an id of zeros, which is none', { traceparent: `00-${'0'.repeat(32)}-${SPAN}-01` }, undefined],
  ['nonsense', { traceparent: 'x', 'x-amzn-trace-id': 'Root=2-1-1' }, undefined],
])('takes the trace from %s', (_, headers, caller) => {
  expect(callerOf(headers)).toEqual(caller);
});

it.each([
  ['no user somebody@example.com', 'no user [email]'],
  ['connect ECONNREFUSED 10.2.3.4:5432', 'connect ECONNREFUSED [address]:5432'],
  ['from 2001:db8:85a3:0:0:8a2e:370:7334', 'from [address]'],
  ['rediss://app:hunter2@redis.internal:6379', 'rediss://[access]@redis.internal:6379'],
  ['GET /users/ada%40example.com', 'GET /users/[email]'],
  ['Authorization: Bearer abc.def', 'Authorization: Bearer [token]'],
  [`bad eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln`, 'bad [token]'], // pragma: allowlist secret
  ['password=hunter2&x=1', 'password=[secret]&x=1'],
  [`"token": "x1y2"`, `"token": "[secret]"`],
  [`key ${'A1'.repeat(24)}`, 'key [secret]'],
  ['/opt/holdfast/current/backend/server.js:12:34', '/opt/holdfast/current/backend/server.js:12:34'],
])('masks %j', (said, told) => {
  expect(masked({ deep: [{ said }] })).toEqual({ deep: [{ said: told }] });
});
