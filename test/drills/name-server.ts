/** A small authoritative name server that answers from a template's records as Route 53 would, over real UDP. Holds no other zone. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode, type Packet } from 'dns-packet';
import type { Zone } from '../support/route53';

const HOST = '127.0.0.1';
/** Of the tiers' own addresses, as at AWS. */
const ADDRESS_TTL_S = 60;
const RCODE = { unknown: 3 } as const;

export interface NameServer {
  /** As a resolver is told of it. */
  readonly address: string;
  /** How often it was asked. */
  readonly asked: () => number;
  close(): void;
}

/** What is answered, all of it of the name that was asked for; nothing when nobody has that name. */
function answers(
  zone: Zone,
  hosts: Readonly<Record<string, string>>,
  name: string,
  scale: number,
): readonly Answer[] | undefined {
  const address = hosts[name];
  if (address) return [{ type: 'A', name, ttl: ADDRESS_TTL_S, data: address }];
  const led = zone.resolve(`${name}.`, 'CNAME');
  const [target] = led?.record.ResourceRecords ?? [];
  if (!led || !target) return undefined;
  return [{ type: 'CNAME', name, ttl: led.ttlS * scale, data: target }, ...(answers(zone, hosts, target, scale) ?? [])];
}

/** @param hosts addresses of the tiers' own names @param scale of the zone's times to live, 1 as in the template */
export async function startNameServer(
  zone: Zone,
  hosts: Readonly<Record<string, string>>,
  scale: number,
): Promise<NameServer> {
  const socket = createSocket('udp4');
  let asked = 0;
  socket.on('message', (message, { port, address }) => {
    const { id, questions = [] } = decode(message);
    const [question] = questions;
    if (!question) return;
    asked++;
    const found = answers(zone, hosts, question.name.toLowerCase(), scale);
    const reply: Packet = {
      type: 'response',
      id,
      flags: AUTHORITATIVE_ANSWER | (found ? 0 : RCODE.unknown),
      questions,
      answers: (found ?? []).filter(({ type }) => type === 'CNAME' || type === question.type),
    };
    socket.send(encode(reply), port, address);
  });
  socket.bind(0, HOST);
  await once(socket, 'listening');
  return { address: `${HOST}:${socket.address().port}`, asked: () => asked, close: () => socket.close() };
}
