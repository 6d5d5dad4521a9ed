import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CfnResource, type Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { LiveFleets } from '../../constructs/release/live-fleets';
import { ReleaseBucket } from '../../constructs/release/release-bucket';
import { testStack, testTopics } from '../support/stack';

const path = join(tmpdir(), `holdfast-release-${process.pid}.tar`);
writeFileSync(path, 'archive');

/** @param more What else is in the stack. */
function release(retain?: boolean, more: (stack: Stack, fleets: LiveFleets) => void = () => undefined) {
  const stack = testStack();
  const logs = { logRetention: RetentionDays.ONE_YEAR, logKey: new Key(stack, 'Key') };
  const accessLogs = new Bucket(stack, 'AccessLogs');
  const releases = new ReleaseBucket(stack, 'Releases', { accessLogs, retain });
  releases.allowFetching(
    new Role(stack, 'Server', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }),
    'backend',
  );
  const fleets = new LiveFleets(stack, 'Fleets', {
    environment: 'prod',
    services: { backend: { min: 2, max: 10 }, workers: { min: 1, max: 4, colours: ['blue'] } },
    bucket: releases.bucket,
    release: { path, id: 'abcdef012345', sha256: 'cd'.repeat(32) },
    ...logs,
    failures: testTopics(stack).warning,
  });
  more(stack, fleets);
  return Template.fromStack(stack);
}

const actionsOf = (template: Template, role: string) =>
  Object.entries(template.findResources('AWS::IAM::Policy'))
    .filter(([id]) => id.startsWith(role))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
    .flatMap(({ Action }) => Action as string | string[])
    .sort();

describe('the release bucket', () => {
  it('keeps its releases, and older versions of the pointer, when the stack is deleted', () => {
    release().hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      Properties: { VersioningConfiguration: { Status: 'Enabled' } },
    });
  });

  it('goes with its stack where nothing is retained', () => {
    release(false).hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
  });

  it('lets a server fetch, not list and not write', () => {
    expect(actionsOf(release(), 'Server')).toEqual(['s3:GetObject']);
  });
});

describe('the live fleets', () => {
  const asked = (template: Template) =>
    Object.values(template.findResources('Custom::LiveFleets')).map(({ Properties }) => Properties)[0];

  it('may read and write releases and hold schedules back, and delete nothing', () => {
    const actions = actionsOf(release(), 'FleetsRole');
    expect(actions).toEqual(expect.arrayContaining(['s3:PutObject', 'autoscaling:SuspendProcesses']));
    expect(actions.filter((action) => action.includes('Delete') || action.includes('*'))).toEqual([]);
  });

  it('hold a deployment for minutes at most when their handler crashes', () => {
    release().hasResourceProperties('Custom::LiveFleets', { ServiceTimeout: '360' });
  });

  it('tell the handler what to check, and the groups by their fixed names', () => {
    release().hasResourceProperties('Custom::LiveFleets', {
      release: { id: 'abcdef012345', sha256: 'cd'.repeat(32) },
      source: { bucket: Match.anyValue(), key: Match.stringLikeRegexp('\\.tar$') },
      services: {
        backend: {
          min: '2',
          max: '10',
          groups: { blue: 'Holdfast-prod-backend-blue', green: 'Holdfast-prod-backend-green' },
        },
        workers: { min: '1', max: '4', groups: { blue: 'Holdfast-prod-workers-blue' } },
      },
    });
  });

  it('give limits and weights as numbers that CloudFormation fills in', () => {
    const template = release(true, (stack, fleets) => {
      new CfnResource(stack, 'Group', {
        type: 'Test::Group',
        properties: { Min: fleets.min('backend', 'green'), Weight: fleets.weight('backend', 'blue') },
      });
    });
    template.hasResourceProperties('Test::Group', {
      Min: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Fleets'), 'backendGreenMin'] },
      Weight: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Fleets'), 'backendBlueWeight'] },
    });
  });

  it('are asked again when anything else in the stack changes, and else not', () => {
    const withTopic = (name: string) =>
      asked(release(true, (stack) => new Topic(stack, 'Another', { topicName: name }))).deployment;
    expect(withTopic('one')).toMatch(/^[0-9a-f]{64}$/);
    expect(withTopic('one')).toBe(withTopic('one'));
    expect(withTopic('one')).not.toBe(withTopic('other'));
  });

  it('hold the schedules of resting groups back once the groups are there', () => {
    const template = release(true, (stack, fleets) =>
      fleets.settle(new CfnResource(stack, 'Group', { type: 'Test::Group' })),
    );
    template.hasResource('Custom::RestingGroups', { DependsOn: ['Group'] });
  });
});
