/** What of a person stays out of the backend's log. That it holds for a whole run: test/integration/logs.test.ts. */
import { masked, networkOf } from '../../app/backend/http/personal';

it.each([
  ['203.0.113.7', '203.0.113.x'],
  ['::ffff:203.0.113.7', '203.0.113.x'],
  ['2001:db8:85a3::8a2e:370:7334', '2001:db8:85a3:x'],
  ['2001:db8::1', '2001:db8:0:x'],
  ['::1', '0:0:0:x'],
])('tells of %s only the network %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

it.each([
  ['duplicate key (email)=(ada+x@mail.example.com)', 'duplicate key (email)=(***)'],
  ['GET /users/ada%40example.com', 'GET /users/***'],
  [`Bearer ${['eyJhbGci', 'eyJzdWIi', 'sig_-1'].join('.')}`, 'Bearer ***'],
])('masks what looks like a mail address or a token: %s', (line, wanted) => {
  expect(masked(line)).toBe(wanted);
});

it.each(['{"level":30,"ms":1.5,"reqId":"a-b","trace":"Root=1-2-3"}', 'connect ECONNREFUSED 10.0.1.2:6379'])(
  'leaves other lines as they are: %s',
  (line) => {
    expect(masked(line)).toBe(line);
  },
);

it.each(['a', 'eyJ-', 'a.', 'a@', 'a@b.'])('takes no longer for a line that a client made long of %s', (part) => {
  const begin = performance.now();
  masked(part.repeat(100_000));
  expect(performance.now() - begin).toBeLessThan(200);
});
