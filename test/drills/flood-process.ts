/** The process of a flood: sends what its argument says and prints a Flooded. Low in priority, since in truth it has a machine of its own. */
import { constants, setPriority } from 'node:os';
import { performance } from 'node:perf_hooks';
import { Client, openLoop, visitor } from './client';
import type { Flood, Flooded } from './flood';

/** More than these wait at once for an answer, and the next isn't sent. */
const MOST_WAITING = 1000;
/** As many as a balancer keeps open to a server under load. */
const CONNECTIONS = 128;
/** Addresses that no other visitor of the drill has. */
const FIRST_ADDRESS = 1 << 21;

async function main({ url, seconds, perSecond, atOnce = 64, addresses, request }: Flood): Promise<Flooded> {
  setPriority(constants.priority.PRIORITY_LOW);
  const client = new Client(url, CONNECTIONS);
  const statuses: Record<string, number> = {};
  const end = performance.now() + seconds * 1000;
  let [waiting, sent, served] = [0, 0, 0];
  const send = async (number: number) => {
    if (waiting >= MOST_WAITING) return;
    waiting += 1;
    sent += 1;
    const { status } = await client.send({ ...request, from: visitor(FIRST_ADDRESS + (number % addresses)) });
    statuses[status] = (statuses[status] ?? 0) + 1;
    waiting -= 1;
    if (status === 200 && performance.now() <= end) served += 1;
  };
  if (perSecond) {
    await openLoop(perSecond, AbortSignal.timeout(seconds * 1000), send);
  } else {
    let number = 0;
    const worker = async () => {
      while (performance.now() < end) await send(number++);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }
  await client.close();
  return { served: served / seconds, offered: sent / seconds, statuses };
}

const [, , options = ''] = process.argv;
void main(JSON.parse(options)).then((flooded) => console.log(JSON.stringify(flooded)));
