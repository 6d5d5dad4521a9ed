/** How many servers there are, of what size, what they do, and how the balancer spreads requests over them. */
import { z } from 'zod';
import { isFleetClass } from './instances';
import { oneOf, origin, text, whole, yesOrNo } from './values';

export const fleetSchema = z.strictObject({
  /** EC2 instance class, arm64. A change replaces the servers one by one. t4g.small is about 13 USD a month each. */
  instanceClass: z
    .string()
    .refine(isFleetClass, { error: "an arm64 instance class, such as 't4g.small' or 'm7g.large'" }),
  /** Fewest servers, 1–100, always billed: 2 or more stand in different zones and survive the loss of one. The guide: 2. */
  min: whole(1, 100),
  /** Most servers, 1–100: the ceiling of the bill. A new account's quota of vCPUs may be lower. The guide: 10. */
  max: whole(1, 100),
  /**
   * Servers that the highest load you expect keeps fully busy, 1–100. With a zone gone as many must be left of those that run then, or
   * the environment is refused. Measure what one carries with `npm run load`. Costs nothing. @default not judged
   */
  peak: whole(1, 100).optional(),
  /** Node processes on each server, 1–16: as many as it has vCPUs; fewer leave some idle. A change replaces the servers. */
  processes: whole(1, 16),
  /** Most connections one process opens to the primary and to each replica, 1–100; further queries wait. The guide: 20. */
  databasePool: whole(1, 100),
  /** Adds a server when the fleet's average CPU was above this percentage for `upAfterMinutes`. The guide: 70 for 5. */
  upAboveCpu: whole(10, 95),
  upAfterMinutes: whole(1, 60),
  /** Removes one when it was below this percentage for `downAfterMinutes`. The guide: 30 for 10. */
  downBelowCpu: whole(1, 90),
  downAfterMinutes: whole(1, 120),
  /**
   * Requests a minute that one server should get, 60–1,000,000: with it target tracking adds as many servers at once as a peak needs,
   * and it alone takes them away (the guide's `downBelowCpu` is not used). Measure what a server carries with `npm run load` and take
   * about half. What the choice does: `npm run scaling`. Costs nothing. @default none: by CPU alone, one server at a time
   */
  requestsPerServer: whole(60, 1_000_000).optional(),
  /**
   * Other limits from a time on, until the next entry: for a peak that is known. A deployment that changes `min` or `max` sets them at
   * once, until the next entry begins; any other leaves what the clock has set. Costs what the servers do. @default none
   */
  schedule: z
    .array(
      z.strictObject({
        /** Names it, in this environment. */
        name: text(/^[A-Z][A-Za-z0-9]{0,31}$/, "a name such as 'Morning'"),
        /** Minute, hour, day, month, weekday, such as '0 7 * * 1-5'. */
        cron: text(/^([\d*,/-]+ ){4}[\dA-Z*,/-]+$/, "five fields of cron, such as '0 7 * * 1-5'"),
        /** Of the IANA database. @default UTC */
        timeZone: text(/^[A-Za-z_]+(\/[A-Za-z_]+)*$/, "a time zone, such as 'Europe/Berlin'").optional(),
        /** Fewest and most servers from then on. */
        min: whole(1, 100),
        max: whole(1, 100),
      }),
    )
    .optional(),
  /**
   * What stands ready for a peak beyond `min`. 'warm-pool': as many stopped servers as the fleet may still grow by (`max` less those that
   * run), set up already: a peak waits for their boot alone. Each costs its disk, about 1.80 USD a month, and some minutes of its class
   * when it is prepared. The group that rests between releases has none, since its `max` is 0; while two releases are there both
   * groups have theirs. @default nothing
   */
  spare: z.strictObject({ kind: oneOf('warm-pool') }).optional(),
  /** Requests to `/api` of one address in 15 minutes, 1–1,000,000; above it the address gets 429. An office shares one address. The guide: 100. */
  requestsPer15Minutes: whole(1, 1_000_000),
  /** Other sites whose pages may call `/api` with the visitor's cookies, such as 'https://admin.example.com'. @default none */
  corsOrigins: z.array(origin()).optional(),
});

/** Servers that scaling by CPU has running while `peak` of them are kept busy: as many as bring them below `upAboveCpu`. */
export const serversAtPeak = ({
  peak = 0,
  max,
  upAboveCpu,
}: {
  readonly peak?: number;
  readonly max: number;
  readonly upAboveCpu: number;
}) => Math.min(max, Math.ceil((100 * peak) / upAboveCpu));

/** Of `count` that stand evenly in `zones`, the most that one zone takes along. */
export const lostWithZone = (count: number, zones: number) => Math.ceil(count / zones);

export const workersSchema = z.strictObject({
  /** Jobs that one worker does at once, 1–99; each holds a connection to the database. A change replaces the servers. */
  jobsAtOnce: whole(1, 99),
  /**
   * Servers of their own for the jobs. Without them each server of the fleet runs a worker beside its backends: that costs nothing,
   * but jobs take CPU from requests, and there are as many workers as servers. Changed at any time; jobs wait meanwhile. @default none
   */
  group: z
    .strictObject({
      /** EC2 instance class, arm64. A change replaces the servers one by one. t4g.small is about 13 USD a month each. */
      instanceClass: z
        .string()
        .refine(isFleetClass, { error: "an arm64 instance class, such as 't4g.small' or 'm7g.large'" }),
      /** Fewest servers, 1–100, always billed. Of one, a lost zone takes it along: jobs wait some minutes for the next. */
      min: whole(1, 100),
      /** Most servers, 1–100: the ceiling of the bill. */
      max: whole(1, 100),
      /**
       * Jobs that may wait for each server, 1–100,000; with more, servers are added after 3 minutes, and removed after 15 with a
       * tenth less. As many as one does in the time that a job may wait.
       */
      backlog: whole(1, 100_000),
    })
    .optional(),
});

export const mailSchema = z.strictObject({
  /**
   * Sender. It, or its domain, must be verified in SES in the primary region (and in the second one where `recovery.mode` has servers), and the account must have left SES's
   * sandbox there, or mails are refused and become dead letters. About 0.10 USD a thousand.
   */
  from: z.email({ error: 'a mail address' }),
});

export const balancingSchema = z.strictObject({
  /** How the balancer picks a server; may change at any time. 'least-outstanding' suits requests of uneven length. */
  algorithm: oneOf('round-robin', 'least-outstanding', 'weighted-random'),
  /**
   * Seconds a visitor stays with one server, 0 for never (sessions are shared, so nothing needs it), at most 7 days. In a release he stays
   * with the old or the new one as long: a canary's share is then one of visitors, and the way back waits for its servers to go.
   */
  stickySeconds: whole(0, 604_800),
  /** Seconds a leaving server may finish its requests, 5–3600: fewer than the longest takes (20) cut it off; each replacement waits as long. */
  drainSeconds: whole(5, 3600),
  /**
   * Seconds in which a new server's share of the requests grows to that of the others, 30–900; only with 'round-robin'. For an
   * application that stays slow after its first requests (`backend/warm-up.json`). Costs nothing. @default none: the full share at once
   */
  slowStartSeconds: whole(30, 900).optional(),
  /**
   * Fixed addresses, one in each zone, that lead to the balancer as `static.` before the site's name: for whoever may call only addresses that
   * her firewall lists. Needs `edge.directAccess` 'failover', and an elastic IP for each zone beside those of `network.natGateways` (an
   * account has 5 until it asks for more). About 18 USD a month, 4 for each address, and 0.006 USD a GB; a second region has its own. May
   * change at any time; turned off and on again it has other addresses. @default false
   */
  staticAddresses: yesOrNo().optional(),
  /**
   * Lets AWS take the balancer out of a zone that it sees fail, and practise that for half an hour a week: not while a critical alarm of
   * the balancer rings, and given up when one begins to. By hand the same is possible without it (docs/on-call.md). Costs nothing; a zone's
   * servers are idle meanwhile. @default false
   */
  autoshift: yesOrNo().optional(),
});
