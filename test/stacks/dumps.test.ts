/** An environment with dumps of its database, which none that is shipped has. */
import { spawnSync } from 'node:child_process';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ENVIRONMENT_NAMES, environment } from '../../lib/config';
import { checked } from '../../lib/config/check';
import { prod } from '../../lib/config/prod';
import { builtArchives } from '../../lib/stacks/archives';
import { WebApp } from '../../lib/web-app';
import { TEMPLATES } from '../support/assemblies';
import { properties, testApp } from '../support/stack';

const config = checked({ ...prod, database: { ...prod.database, dump: { days: 35 } } }, 'lib/config/prod.ts');
const web = new WebApp(testApp(), 'Holdfast', { config, archives: builtArchives() });
const template = (name: string) => Template.fromStack(web.node.findChild(name) as Stack);
const [dumps, base] = [template('Dumps'), template('RecoveryBase')];
const [project] = properties(dumps, 'AWS::CodeBuild::Project');
const text = (part: unknown) => JSON.stringify(part);
const spec = JSON.parse(text(project.Source.BuildSpec).startsWith('"') ? project.Source.BuildSpec : '{}');
const dumpBuckets = [dumps, base].map((each) =>
  properties(each, 'AWS::S3::Bucket').filter(({ BucketEncryption }) => text(BucketEncryption).includes('aws:kms')),
);

it.each(ENVIRONMENT_NAMES)('is in %s only if that has asked for it', (name) => {
  const dumping = TEMPLATES.some((each) => each.environment === name && each.stack === 'Dumps');
  expect(dumping).toBe(environment(name).database.dump !== undefined);
});

it('has a bucket in each region, encrypted by a key of its own, in which a dump stays for its days also when it is deleted', () => {
  for (const [bucket, ...more] of dumpBuckets) {
    expect(more).toEqual([]);
    expect(bucket.VersioningConfiguration).toEqual({ Status: 'Enabled' });
    expect(bucket.LifecycleConfiguration.Rules).toEqual([
      expect.objectContaining({ ExpirationInDays: 35, NoncurrentVersionExpiration: { NoncurrentDays: 35 } }),
    ]);
  }
});

it('keeps both buckets when the stacks go', () => {
  for (const each of [dumps, base]) each.allResources('AWS::S3::Bucket', { DeletionPolicy: 'Retain' });
});

it('dumps by the script that is tried here, with the version of the database, and over TLS whose authority is checked', () => {
  expect(spec.phases.install.commands).toContainEqual('dnf install -y -q postgresql18');
  expect(spec.phases.build.commands).toEqual([expect.stringContaining('pg_dump --format=custom')]);
  const variables = project.Environment.EnvironmentVariables;
  expect(variables).toContainEqual({ Name: 'PGSSLMODE', Type: 'PLAINTEXT', Value: 'verify-full' });
});

it('fails as a whole when a part does, however the build calls it', () => {
  const [command] = spec.phases.build.commands;
  const called = (given: string) =>
    spawnSync('bash', ['-c', `${given}\nif\n${command}\nthen exit 0; else exit 3; fi`], {
      env: { PATH: process.env.PATH, BUCKET: 'x' },
    }).status;
  const stubs = 'pg_dump() { :; }; pg_restore() { :; }; aws() { :; }; export -f pg_dump pg_restore aws';
  expect(called(stubs)).toBe(0);
  expect(called(`${stubs}; pg_dump() { false; }; export -f pg_dump`)).toBe(3);
});

it('has the password from Secrets Manager, never in the template', () => {
  const { Type, Value } = project.Environment.EnvironmentVariables.find(
    ({ Name }: { Name: string }) => Name === 'PGPASSWORD',
  );
  expect([Type, text(Value)]).toEqual(['SECRETS_MANAGER', expect.stringMatching(/:password"/)]);
});

it('may add objects to the two buckets, and neither read nor delete any', () => {
  const statements = properties(dumps, 'AWS::IAM::Policy').flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  const s3 = statements.filter(({ Action }) => text(Action).includes('s3:'));
  expect(s3).toEqual([expect.objectContaining({ Action: ['s3:AbortMultipartUpload', 's3:PutObject'] })]);
  expect(s3[0].Resource).toHaveLength(2);
});

it('runs one at a time, once a day, outside the windows of the backups', () => {
  expect(project.ConcurrentBuildLimit).toBe(1);
  dumps.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'cron(30 4 * * ? *)' });
});

it('reaches the database and what is on 443, and is reached by nobody', () => {
  const [group] = properties(dumps, 'AWS::EC2::SecurityGroup');
  expect(group.SecurityGroupIngress).toBeUndefined();
  expect(text(dumps.findResources('AWS::EC2::SecurityGroupEgress')) + text(group.SecurityGroupEgress)).toMatch(/443/);
});

it('is missed after 29 hours without one', () => {
  dumps.hasResourceProperties('AWS::CloudWatch::Alarm', {
    Namespace: 'AWS/CodeBuild',
    Threshold: 1,
    ComparisonOperator: 'LessThanThreshold',
  });
});

it('knows the second region by a weak reference: no resource of its own reads it', () => {
  expect(Object.values(dumps.toJSON().Resources).map((each) => (each as { Type: string }).Type)).not.toContainEqual(
    expect.stringMatching(/^Custom::/),
  );
});
