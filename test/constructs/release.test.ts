import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { ReleaseBucket } from '../../constructs/release/release-bucket';
import { ReleaseSeed } from '../../constructs/release/release-seed';
import { testStack, testTopics } from '../support/stack';

const path = join(tmpdir(), `holdfast-release-${process.pid}.tar`);
writeFileSync(path, 'archive');

function release(retain?: boolean) {
  const stack = testStack();
  const logs = { logRetention: RetentionDays.ONE_YEAR, logKey: new Key(stack, 'Key') };
  const accessLogs = new Bucket(stack, 'AccessLogs');
  const releases = new ReleaseBucket(stack, 'Releases', { accessLogs, retain });
  releases.allowFetching(new Role(stack, 'Server', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }));
  new ReleaseSeed(stack, 'Seed', {
    bucket: releases.bucket,
    release: { path, id: 'abcdef012345', sha256: 'cd'.repeat(32) },
    ...logs,
    failures: testTopics(stack).warning,
  });
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

describe('the seed', () => {
  it('may read and write, and delete nothing', () => {
    const actions = actionsOf(release(), 'SeedRole');
    expect(actions).toContain('s3:PutObject');
    expect(actions.filter((action) => action.includes('Delete') || action.includes('*'))).toEqual([]);
  });

  it('holds a deployment for minutes at most when its handler crashes', () => {
    release().hasResourceProperties('Custom::ReleaseSeed', { ServiceTimeout: '360' });
  });

  it('tells the handler what to check', () => {
    release().hasResourceProperties('Custom::ReleaseSeed', {
      id: 'abcdef012345',
      sha256: 'cd'.repeat(32),
      source: { bucket: Match.anyValue(), key: Match.stringLikeRegexp('\\.tar$') },
    });
  });
});
