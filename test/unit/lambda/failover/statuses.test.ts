/** What is concluded from RDS's statuses: one line for each question that failover, restore and upgrade ask. */
import { doesAnswer, isDead, needsMending, takesChanges } from '../../../../lambda/failover/statuses';

const said = (status: string) =>
  [
    takesChanges(status) && 'takes changes',
    doesAnswer(status) && 'answers',
    isDead(status) && 'dead',
    needsMending(status) && 'to mend',
  ]
    .filter(Boolean)
    .join(', ');

it.each([
  ['available', 'takes changes, answers'],
  ['storage-optimization', 'takes changes, answers'],
  ['storage-initialization', 'takes changes, answers'],
  ['backing-up', 'answers'],
  ['configuring-log-exports', 'answers'],
  ['storage-config-upgrade', ''],
  ['rebooting', ''],
  ['delete-precheck', ''],
  ['deleting', 'dead'],
  ['stopping', 'dead, to mend'],
  ['storage-full', 'dead, to mend'],
  ['restore-error', 'dead, to mend'],
  ['insufficient-capacity', 'dead, to mend'],
  ['incompatible-network', 'dead, to mend'],
  ['inaccessible-encryption-credentials-recoverable', 'dead, to mend'],
])('a database that is %s: %s', (status, expected) => {
  expect(said(status)).toBe(expected);
});

it.each(['a-status-of-next-year', 'failing-over', 'absent', ''])(
  'what RDS has not said yet is waited for, and may write: %s',
  (status) => {
    expect(said(status)).toBe('');
  },
);
