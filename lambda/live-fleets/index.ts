/** Custom resource: gives a template what the groups of servers have now, so that a deployment moves none of it, and brings the first release. Deletes nothing. */
import { createHash } from 'node:crypto';
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  ResumeProcessesCommand,
  SuspendProcessesCommand,
} from '@aws-sdk/client-auto-scaling';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { customResource } from '../custom-resource';
import { archiveKey, type Limits, manifestKey, type Release } from '../rollout/state';
import { readState, writeState } from '../rollout/store';
import {
  attributesOf,
  COLOURS,
  firstState,
  type LiveFleetsProperties,
  type RestingGroupsProperties,
  refusal,
} from './fleets';

const s3 = new S3Client({});
const autoScaling = new AutoScalingClient({});
const RACES = 5;

/** By name; those that aren't there are left out. */
async function liveLimits(names: readonly string[]): Promise<ReadonlyMap<string, Limits>> {
  const asked = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [...names] });
  const { AutoScalingGroups: groups = [] } = await autoScaling.send(asked);
  return new Map(
    groups.map(({ AutoScalingGroupName: name = '', MinSize: min = 0, MaxSize: max = 0 }) => [name, { min, max }]),
  );
}

/** Throws when the archive's bytes aren't those expected. */
async function sow({ bucket, source, release, manifest }: LiveFleetsProperties): Promise<Release> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: source.bucket, Key: source.key }));
  const archive = (await Body?.transformToByteArray()) ?? new Uint8Array();
  const got = createHash('sha256').update(archive).digest('hex');
  if (got !== release.sha256) throw new Error(`release ${release.id}: expected sha256 ${release.sha256}, got ${got}`);
  const put = (Key: string, Body: string | Uint8Array, ContentType: string) =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType, CacheControl: 'no-store' }));
  await put(archiveKey(release.id), archive, 'application/x-tar');
  if (manifest) await put(manifestKey(release.id), manifest, 'application/json');
  return { id: release.id, sha256: release.sha256 };
}

/** What a service without a state begins with: what the backend has, and at the very first deployment what came with it. */
async function firstRelease(properties: LiveFleetsProperties): Promise<Release> {
  const backend = await readState(s3, properties.bucket, 'backend');
  return backend?.state.fleets[backend.state.active] ?? sow(properties);
}

/** Written down before CloudFormation begins: from then on it is this deployment that may come again. */
async function take(properties: LiveFleetsProperties, service: string) {
  const { bucket, environment, deployment, services } = properties;
  const { min = '', max = '', groups = {} } = services[service] ?? {};
  const wanted = { min: Number(min), max: Number(max) };
  for (let races = 0; races < RACES; races++) {
    const stored = await readState(s3, bucket, service);
    const state = stored?.state ?? firstState(await firstRelease(properties), wanted, deployment);
    const reason = refusal(environment, service, state, deployment);
    if (reason) throw new Error(reason);
    const attributes = attributesOf(service, { groups }, state, wanted, await liveLimits(Object.values(groups)));
    const next = { ...state, configured: wanted, deployment };
    if (await writeState(s3, bucket, service, next, stored?.etag)) return attributes;
  }
  throw new Error(`${service}: expected to be written within ${RACES} races, got none`);
}

async function deploy(properties: LiveFleetsProperties): Promise<Readonly<Record<string, string>>> {
  const { bucket, environment, deployment, services } = properties;
  const names = Object.keys(services);
  for (const name of names) {
    const stored = await readState(s3, bucket, name);
    const reason = stored && refusal(environment, name, stored.state, deployment);
    if (reason) throw new Error(reason); // before any is written
  }
  const attributes: Record<string, string> = {};
  for (const name of names) Object.assign(attributes, await take(properties, name));
  return attributes;
}

/** What the clock does to the active group, it must not do to the resting one: that would start servers there. */
async function settle({ bucket, services }: RestingGroupsProperties): Promise<void> {
  for (const [service, { groups }] of Object.entries(services)) {
    const active = (await readState(s3, bucket, service))?.state.active;
    for (const colour of COLOURS) {
      const name = groups[colour];
      if (name === undefined) continue;
      const asked = { AutoScalingGroupName: name, ScalingProcesses: ['ScheduledActions'] };
      await autoScaling.send(
        colour === active ? new ResumeProcessesCommand(asked) : new SuspendProcessesCommand(asked),
      );
    }
  }
}

export const handler = customResource(async ({ RequestType, ResourceType, ResourceProperties }) => {
  if (RequestType === 'Delete') return;
  const properties: unknown = ResourceProperties;
  if (ResourceType === 'Custom::RestingGroups') return settle(properties as RestingGroupsProperties);
  return deploy(properties as LiveFleetsProperties);
});
