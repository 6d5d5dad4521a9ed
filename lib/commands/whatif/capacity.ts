/** Whether the servers that are left when a zone goes carry the peak at once, before any new one starts. Arithmetic of the configuration alone. */
import type { Environment } from '../../config/environment';
import { lostWithZone, serversAtPeak } from '../../config/servers';

export interface Stability {
  readonly stable: boolean;
  readonly text: string;
}

/** Without `fleet.peak` nobody has said what the peak is, and nothing is judged. */
export function staticStability({ fleet, zones }: Environment): Stability {
  const left = (servers: number) => servers - lostWithZone(servers, zones.length);
  const rest = `At fleet.min (${fleet.min}) a lost zone leaves ${left(fleet.min)}: as much as all of them did up to ${Math.floor((100 * left(fleet.min)) / fleet.min)} % of CPU.`;
  if (fleet.peak === undefined)
    return { stable: true, text: `fleet.peak is not set, so the peak is not judged. ${rest}` };
  const servers = serversAtPeak(fleet);
  const stable = left(servers) >= fleet.peak;
  return {
    stable,
    text: `Static stability: at the peak, which keeps fleet.peak = ${fleet.peak} servers busy, scaling at fleet.upAboveCpu = ${fleet.upAboveCpu} % has ${servers} (at most fleet.max = ${fleet.max}); a lost zone of ${zones.length} leaves ${servers} − ${lostWithZone(servers, zones.length)} = ${left(servers)}, ${stable ? 'enough' : 'too few'} without a new one. ${rest}`,
  };
}
