/** Drills of visitors that mean harm: slow, malformed, far too many. The others must not notice. */
import { type Finding, failed, none, quantile, reasons, type Sample } from '../figures';
import { type Flood, flood } from '../flood';
import { credentials, type Session } from '../kinds';
import { broken, malformed, type OddAnswer, tells } from '../malformed';
import { apart, together } from '../pin';
import { type Drill, type Scenario, underLoad } from '../scenario';
import { slowClients } from '../slow';

const QUIET_S = 8;
const ATTACK_S = 8;
const CAPACITY_S = 3;
const HALF_OPEN = 200;
const FEW = 4;
const MANY = 2000;
/** Their answer waits for a password hash, whoever else is there. */
const HASHED = new Set(['login', 'token']);

/** What others notice of more hashes than a machine can do: they fill each core by design, at a lower priority. The guide's target. */
const BESIDE_HASHES_MS = 200;

/** Visitors on their own, then beside the attack: whether they noticed. */
async function beside(
  drill: Drill,
  attack: () => Promise<unknown>,
  { but, most }: { readonly but?: ReadonlySet<string>; readonly most?: number } = {},
): Promise<Finding[]> {
  drill.say('quiet');
  const quiet = await underLoad(drill, (at) => at(QUIET_S));
  drill.say('attack');
  const all = await underLoad(drill, async (at) => {
    await Promise.all([attack(), at(ATTACK_S)]);
  });
  const attacked = all.filter(({ kind }) => !but?.has(kind));
  const p99 = (samples: readonly Sample[]) =>
    quantile(
      samples.filter(({ kind }) => !HASHED.has(kind)),
      0.99,
    );
  const [before, after] = [p99(quiet), p99(attacked)];
  return [
    {
      demand: `other users' p99 ≤ ${most ? `${most} ms` : '2 × quiet'}`,
      measured: `${after.toFixed(1)} ms, quiet ${before.toFixed(1)} ms`,
      holds: after <= (most ?? 2 * before),
    },
    none('failed request of other users', failed(attacked).length, attacked.length, reasons(attacked)),
  ];
}

async function slow(drill: Drill) {
  let end = () => 0;
  const findings = await beside(drill, async () => {
    end = slowClients(new URL(drill.world.url), HALF_OPEN);
  });
  const least = end();
  return [
    ...findings,
    { demand: `${HALF_OPEN} held open`, measured: `at least ${least}`, holds: least >= 0.9 * HALF_OPEN },
  ];
}

async function odd(drill: Drill) {
  const { url, backends } = drill.world;
  let answers: readonly OddAnswer[] = [];
  const findings = await beside(drill, async () => {
    answers = await malformed([url, ...backends.slice(0, 1).map((each) => each.url)], ATTACK_S);
  });
  const some = (found: readonly OddAnswer[]) =>
    found
      .slice(0, 5)
      .map(({ what, status }) => `${what} → ${status}`)
      .join('; ');
  const [wrong, told] = [answers.filter(broken), answers.filter(tells)];
  return [
    ...findings,
    none('5xx or silence', wrong.length, answers.length, some(wrong)),
    none('stack, path or library told', told.length, answers.length, some(told)),
  ];
}

interface Attack extends Pick<Flood, 'request' | 'atOnce' | 'addresses'> {
  /** Whether it costs the sender as much as the system, so that each needs cores of its own. */
  readonly apart?: true;
  readonly others?: Parameters<typeof beside>[2];
}

/** Twice what the system can do, measured first. */
async function overload(drill: Drill, { others, apart: cores, ...what }: Attack) {
  const { say, world } = drill;
  const usual = { url: world.url, ...what };
  let got = { offered: 0, statuses: {} };
  try {
    say(cores && apart(drill.site.parts.all) ? 'capacity, on cores of its own' : 'capacity');
    const { served } = await flood({ ...usual, addresses: MANY, seconds: CAPACITY_S });
    const attack = async () => {
      got = await flood({ ...usual, seconds: ATTACK_S, perSecond: Math.ceil(2 * served) });
    };
    return [
      ...(await beside(drill, attack, others)),
      {
        demand: `offered ≥ 1.8 × capacity (${served.toFixed(0)}/s)`,
        measured: `${got.offered.toFixed(0)}/s: ${Object.entries(got.statuses)
          .map(([status, count]) => `${count} × ${status}`)
          .join(', ')}`,
        holds: got.offered >= 1.8 * served,
      },
    ];
  } finally {
    together();
  }
}

const readProfile = ({ visitors }: Drill): Attack => ({
  request: { path: '/api/profile', headers: { cookie: (visitors.sessions[0] as Session).cookie } },
  addresses: FEW,
  apart: true,
});
const LOG_IN: Attack = {
  request: { method: 'POST', path: '/api/login', body: credentials(0) },
  atOnce: 12, // as many as are served, and none refused
  addresses: MANY,
  others: { but: HASHED, most: BESIDE_HASHES_MS },
};

export const HOSTILE: readonly Scenario[] = [
  { name: 'slow-clients', about: `${HALF_OPEN} half-open connections that send a byte a second`, run: slow },
  { name: 'malformed', about: '200 odd bodies, headers and ids, through NGINX and straight to a process', run: odd },
  {
    name: 'overload',
    about: `2 × the capacity for session reads, offered from ${FEW} addresses`,
    run: (drill) => overload(drill, readProfile(drill)),
  },
  {
    name: 'overload-logins',
    about: `2 × the capacity for logins, offered from ${MANY} addresses; other logins may be refused`,
    run: (drill) => overload(drill, LOG_IN),
  },
];
