/** A group of servers in the emulator alone, behind a balancer: made by a template, asked and changed by requests. No system around it. */
import { mkdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { sign } from 'aws4';
import { ACCOUNT, type Cloud } from '../../lib/rehearsal/aws';
import { freePort } from '../../lib/rehearsal/ports';
import { type Running, until } from '../../lib/rehearsal/process';
import { startEmulator } from '../../lib/rehearsal/servers';
import { tools } from '../../lib/rehearsal/tools';
import { type Group, template } from './fleet-template';

const REGION = 'eu-west-1';
const VERSIONS = {
  autoscaling: '2011-01-01',
  cloudformation: '2010-05-15',
  elasticloadbalancing: '2015-12-01',
  monitoring: '2010-08-01',
} as const;

export type Words = Readonly<Record<string, string | number | boolean>>;

/** Texts of every element of that name. */
export const texts = (xml: string, tag: string): readonly string[] =>
  [...xml.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, 'g'))].map(([, inner = '']) => inner);

export interface Server {
  readonly id: string;
  readonly state: string;
  readonly zone: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Of the server's data, and its process. */
  readonly version: string;
  readonly pid: number;
}

/** The emulator with servers of fleet-server.mjs. */
export class FleetAccount {
  readonly #stacks = new Set<string>();

  private constructor(
    readonly cloud: Cloud,
    private readonly emulator: Running,
  ) {}

  /** @param state folder; emptied. @param command of each server, @default fleet-server.mjs */
  static async start(state: string, command = [process.execPath, resolve('test/support/fleet-server.mjs')]) {
    rmSync(state, { recursive: true, force: true });
    mkdirSync(`${state}/tmp`, { recursive: true });
    const port = await freePort();
    const emulator = await startEmulator(await tools({ say: () => undefined }), {
      port,
      account: ACCOUNT,
      logFile: `${state}/emulator.log`,
      temporary: resolve(state, 'tmp'),
      instances: { command, logs: `${state}/instances` },
    });
    return new FleetAccount({ endpoint: `http://127.0.0.1:${port}`, account: ACCOUNT, home: state }, emulator);
  }

  stop = () => this.emulator.stop();
  kill = () => process.kill(this.emulator.pid, 'SIGKILL');

  /** The answer's XML; throws the error's. */
  async call(service: keyof typeof VERSIONS, Action: string, words: Words = {}): Promise<string> {
    const form = { Action, Version: VERSIONS[service], ...words };
    const body = new URLSearchParams(Object.entries(form).map(([name, value]) => [name, `${value}`])).toString();
    const { host } = new URL(this.cloud.endpoint);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const signed = sign(
      { service, region: REGION, host, method: 'POST', path: '/', headers, body },
      { accessKeyId: this.cloud.account, secretAccessKey: 'rehearsal' },
    );
    const answer = await fetch(this.cloud.endpoint, { method: 'POST', headers: signed.headers as HeadersInit, body });
    const xml = await answer.text();
    if (!answer.ok) throw new Error(xml);
    return xml;
  }

  /** Creates or updates the stack of a group; resolves with its outputs when that is done. */
  async deploy(
    group: Group,
    action: 'CreateStack' | 'UpdateStack' = 'CreateStack',
  ): Promise<Readonly<Record<string, string>>> {
    const StackName = group.name;
    this.#stacks.add(StackName);
    await this.call('cloudformation', action, { StackName, TemplateBody: JSON.stringify(template(group)) });
    for (;;) {
      const xml = await this.call('cloudformation', 'DescribeStacks', { StackName });
      const [status = ''] = texts(xml, 'StackStatus');
      if (/FAILED|ROLLBACK/.test(status)) throw new Error(`${status}: ${texts(xml, 'StackStatusReason')}`);
      if (status.endsWith('COMPLETE')) {
        const [keys, values] = [texts(xml, 'OutputKey'), texts(xml, 'OutputValue')];
        return Object.fromEntries(keys.map((key, at) => [key, values[at] ?? '']));
      }
      await wait(100);
    }
  }

  /** Resolves when the stack is gone: its name is free again. */
  async delete(StackName: string): Promise<void> {
    this.#stacks.delete(StackName);
    await this.call('cloudformation', 'DeleteStack', { StackName });
    await until(`the end of ${StackName}`, () =>
      this.call('cloudformation', 'DescribeStacks', { StackName }).then(
        () => false,
        ({ message }: Error) => message.includes('does not exist'),
      ),
    );
  }

  async deleteAll(): Promise<void> {
    for (const name of this.#stacks) await this.delete(name);
  }

  /** A request of Auto Scaling about a group. */
  scale = (AutoScalingGroupName: string, Action: string, words: Words = {}) =>
    this.call('autoscaling', Action, { AutoScalingGroupName, ...words });

  async describe(name: string): Promise<string> {
    return this.call('autoscaling', 'DescribeAutoScalingGroups', { 'AutoScalingGroupNames.member.1': name });
  }

  async size(name: string): Promise<readonly number[]> {
    const xml = await this.describe(name);
    return ['MinSize', 'MaxSize', 'DesiredCapacity'].map((tag) => Number(texts(xml, tag)[0]));
  }

  async servers(name: string): Promise<readonly Server[]> {
    const [, xml = ''] = /<Instances>(.*)<\/Instances>/s.exec(await this.describe(name)) ?? [];
    return xml
      .split('<member>')
      .slice(1)
      .map((each) => ({
        id: texts(each, 'InstanceId')[0] ?? '',
        state: texts(each, 'LifecycleState')[0] ?? '',
        zone: texts(each, 'AvailabilityZone')[0] ?? '',
      }));
  }

  /** Health by port of a target group. */
  async health(TargetGroupArn: string): Promise<readonly string[]> {
    return texts(await this.call('elasticloadbalancing', 'DescribeTargetHealth', { TargetGroupArn }), 'State');
  }

  /** Waits until so many servers take requests, and no other one is there. */
  async steady(name: string, targets: string, count: number): Promise<readonly Server[]> {
    await until(
      `${count} servers of ${name}`,
      async () => {
        const [servers, health] = [await this.servers(name), await this.health(targets)];
        const serving = servers.filter(({ state }) => state === 'InService').length;
        return (
          servers.length === count && serving === count && health.filter((each) => each === 'healthy').length === count
        );
      },
      40_000,
    );
    return this.servers(name);
  }

  /** Deployed, and all its servers healthy. */
  async fleet(group: Group) {
    const { Targets: targets = '', FullName: fullName = '', BalancerName: balancer = '' } = await this.deploy(group);
    const steady = (count: number) => this.steady(group.name, targets, count);
    return { targets, fullName, balancer, steady, servers: await steady(group.min ?? 2) };
  }

  /** The process of a server, which it answers with. */
  async pidOf(group: string, id: string): Promise<number> {
    for (let asked = 0; asked < 500; asked++) {
      const { text: answering, pid } = await this.ask(group);
      if (answering === id) return pid;
    }
    throw new Error(`${id}: expected it to answer for ${group}, got others`);
  }

  /** Through the balancer of that name. */
  ask(name: string, path = '/'): Promise<Answer> {
    return new Promise((done, fail) => {
      request(`${this.cloud.endpoint}${path}`, { headers: { host: `${name}.alb.localhost` } }, async (answer) => {
        const { 'x-version': version = '', 'x-pid': pid } = answer.headers;
        done({ status: answer.statusCode ?? 0, text: await text(answer), version: `${version}`, pid: Number(pid) });
      })
        .once('error', fail)
        .end();
    });
  }

  /** Asks all the while, ten at once; resolves with every answer's status once `act` is done. */
  async underLoad(name: string, act: () => Promise<void>): Promise<ReadonlyMap<number, number>> {
    const statuses = new Map<number, number>();
    let going = true;
    const visitor = async () => {
      while (going) {
        const { status } = await this.ask(name).catch(() => ({ status: 0 }));
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        await wait(20);
      }
    };
    const visitors = Array.from({ length: 10 }, visitor);
    await act().finally(() => {
      going = false;
    });
    await Promise.all(visitors);
    return statuses;
  }
}
