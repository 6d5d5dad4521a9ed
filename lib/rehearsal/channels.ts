/** Stand-ins for Slack and PagerDuty that answer as their public documentation says, show what they were told, and fail when told to. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { page } from './channels-page';

export interface SlackMessage {
  readonly ts: string;
  readonly channel: string;
  /** What it said, the last last. */
  readonly texts: readonly string[];
}

export interface PagerDutyIncident {
  readonly key: string;
  readonly status: 'triggered' | 'acknowledged' | 'resolved';
  readonly summary: string;
  /** Events in their order. */
  readonly events: readonly string[];
}

export type ChannelName = 'slack' | 'pagerDuty';
/** An answer instead of the right one: a status with headers, silence, a body that never ends, a connection that breaks, another page. */
export type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | 'silence'
  | 'slow body'
  | 'reset';

export interface Channels {
  readonly url: string;
  readonly slack: readonly SlackMessage[];
  readonly pagerDuty: readonly PagerDutyIncident[];
  /** Requests, also those that failed. */
  readonly asked: Readonly<Record<ChannelName, number>>;
  /** The next `times` requests fail so. @default until `works` */
  fail(channel: ChannelName, fault: Fault, times?: number): void;
  works(channel: ChannelName): void;
  stop(): Promise<void>;
}

type Body = Readonly<Record<string, unknown>>;
const SEVERITIES = ['critical', 'error', 'warning', 'info'];
const said = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

class Kept {
  readonly slack: SlackMessage[] = [];
  readonly pagerDuty: PagerDutyIncident[] = [];

  post({ channel, text }: Body): Body {
    if (!said(channel)) return { ok: false, error: 'channel_not_found' };
    if (!said(text)) return { ok: false, error: 'no_text' };
    const ts = `${Math.floor(Date.now() / 1000)}.${String(this.slack.length).padStart(6, '0')}`;
    this.slack.push({ ts, channel: `${channel}`, texts: [`${text}`] });
    return { ok: true, channel: 'C0STANDIN', ts, message: { text } };
  }

  update({ channel, ts, text }: Body): Body {
    const index = this.slack.findIndex((each) => each.ts === ts);
    const found = this.slack[index];
    if (channel !== 'C0STANDIN') return { ok: false, error: 'channel_not_found' };
    if (!found) return { ok: false, error: 'message_not_found' };
    this.slack[index] = { ...found, texts: [...found.texts, `${text}`] };
    return { ok: true, channel, ts, text };
  }

  /** Errors as PagerDuty lists them; none when it took the event. */
  event({ routing_key, event_action, dedup_key, payload }: Body): readonly string[] {
    const { summary, source, severity } = (payload ?? {}) as Body;
    const trigger = event_action === 'trigger';
    const errors = [
      ...(said(routing_key) ? [] : ["'routing_key' is missing or blank"]),
      ...(['trigger', 'acknowledge', 'resolve'].includes(`${event_action}`) ? [] : ["'event_action' is invalid"]),
      ...(trigger || said(dedup_key) ? [] : ["'dedup_key' is missing"]),
      ...(`${dedup_key}`.length > 255 ? ["'dedup_key' is too long"] : []),
      ...(trigger && !said(summary) ? ["'payload.summary' is missing or blank"] : []),
      ...(trigger && !said(source) ? ["'payload.source' is missing or blank"] : []),
      ...(trigger && !SEVERITIES.includes(`${severity}`) ? ["'payload.severity' is invalid"] : []),
    ];
    if (errors.length === 0) this.#note(`${dedup_key}`, `${event_action}`, said(summary));
    return errors;
  }

  #note(key: string, action: string, summary: string | undefined): void {
    const index = this.pagerDuty.findLastIndex((each) => each.key === key && each.status !== 'resolved');
    const open = this.pagerDuty[index];
    if (!open) {
      if (action !== 'trigger') return; // they drop it too
      this.pagerDuty.push({ key, status: 'triggered', summary: summary ?? '', events: [action] });
      return;
    }
    const status = action === 'resolve' ? 'resolved' : action === 'acknowledge' ? 'acknowledged' : open.status;
    this.pagerDuty[index] = { ...open, status, events: [...open.events, action] };
  }
}

const json = (answer: ServerResponse, status: number, body: unknown) =>
  answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

function failing(answer: ServerResponse, fault: Fault): void {
  if (fault === 'silence') return;
  if (fault === 'reset') {
    answer.destroy();
    return;
  }
  if (fault === 'slow body') {
    answer.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => answer.write(' '), 200);
    answer.once('close', () => clearInterval(timer));
    return;
  }
  answer.writeHead(fault.status, fault.headers).end(fault.body ?? '');
}

async function serve(kept: Kept, { url = '', method, headers }: IncomingMessage, body: string, answer: ServerResponse) {
  const bearer = /^Bearer \S+$/.test(headers.authorization ?? '');
  if (method === 'GET' && url === '/messages') json(answer, 200, { slack: kept.slack, pagerDuty: kept.pagerDuty });
  else if (method === 'GET') answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page(kept));
  else if (url.startsWith('/api/') && !bearer) json(answer, 200, { ok: false, error: 'not_authed' });
  else if (url === '/api/chat.postMessage') json(answer, 200, kept.post(JSON.parse(body)));
  else if (url === '/api/chat.update') json(answer, 200, kept.update(JSON.parse(body)));
  else if (url === '/v2/enqueue') {
    const event = JSON.parse(body) as Body;
    const errors = kept.event(event);
    if (errors.length > 0) json(answer, 400, { status: 'invalid event', message: 'Event object is invalid', errors });
    else json(answer, 202, { status: 'success', message: 'Event processed', dedup_key: event.dedup_key });
  } else json(answer, 404, {});
}

/** @param port @default a free one */
export async function startChannels(port = 0): Promise<Channels> {
  const kept = new Kept();
  const asked = { slack: 0, pagerDuty: 0 };
  const faults = new Map<ChannelName, { fault: Fault; left: number }>();
  const server: Server = createServer(async (request, answer) => {
    const body = await text(request).catch(() => '');
    const name: ChannelName = request.url?.startsWith('/api/') ? 'slack' : 'pagerDuty';
    if (request.method === 'POST') asked[name]++;
    const failure = request.method === 'POST' ? faults.get(name) : undefined;
    if (failure && failure.left-- > 0) failing(answer, failure.fault);
    else await serve(kept, request, body, answer);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    slack: kept.slack,
    pagerDuty: kept.pagerDuty,
    asked,
    fail: (channel, fault, times = Number.POSITIVE_INFINITY) => void faults.set(channel, { fault, left: times }),
    works: (channel) => void faults.delete(channel),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
