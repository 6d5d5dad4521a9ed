/** Notices that a name leads elsewhere: how AWS tells of a failover. Asks the system's resolver, which keeps to the record's TTL. */
import dns from 'node:dns';
import { isIP } from 'node:net';

/** Endpoints of RDS and ElastiCache have a TTL of 5 s or less. */
const EVERY_MS = 500;

/** Calls `changed` when the name's addresses differ from before. Returns what ends the watch. An address is never watched. */
export function watchName(host: string, changed: () => void): () => void {
  if (isIP(host) || host === 'localhost') return () => undefined;
  let known: string | undefined;
  const timer = setInterval(() => {
    dns.lookup(host, { all: true }, (error, found) => {
      if (error) return; // the resolver's trouble is no failover
      const now = found.map(({ address }) => address).sort();
      const before = known;
      known = now.join();
      if (before !== undefined && before !== known) changed();
    });
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
