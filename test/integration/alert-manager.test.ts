/** A real Alertmanager with the definition of the workspace tells a stand-in for SNS, whose messages the alert router must understand. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { alertManager } from '../../lib/prometheus/alert-manager';
import { mirroredRows, ownRows } from '../../lib/prometheus/rules';
import { freePort } from '../../lib/rehearsal/ports';
import { answers, type Running, start, until } from '../../lib/rehearsal/process';
import { ran } from '../support/prometheus';
import { Receiver } from '../support/telemetry';

const FOLDER = '.holdfast/integration-alert-manager';
const arn = (name: string) => `arn:aws:sns:eu-west-1:111111111111:${name}`;
const DEFINITION = parse(
  alertManager({
    region: 'eu-west-1',
    account: '111111111111',
    topics: { critical: arn('critical'), warning: arn('warning'), info: arn('info') },
  }),
);
const sns = new Receiver();
let server: Running;
let url: string;

const published = () => sns.taken.map(({ text }) => Object.fromEntries(new URLSearchParams(text)));

async function raise(alertname: keyof typeof ownRows, endsAt?: string): Promise<void> {
  const { severity, summary, runbook } = ownRows[alertname] ?? {};
  const alert = {
    labels: { alertname, severity },
    annotations: { summary, runbook: `docs/runbooks/${runbook}.md` },
    startsAt: '2026-01-31T10:20:30Z',
    ...(endsAt && { endsAt }),
  };
  const headers = { 'content-type': 'application/json' };
  await fetch(`${url}/api/v2/alerts`, { method: 'POST', headers, body: JSON.stringify([alert]) });
}

beforeAll(async () => {
  const address = await sns.open();
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const config = parse(DEFINITION.alertmanager_config);
  config.templates = ['alarm.tmpl'];
  Object.assign(config.route, { group_wait: '0s', group_interval: '1s' });
  for (const { sns_configs } of config.receivers) sns_configs[0].api_url = `http://${address}`;
  writeFileSync(`${FOLDER}/alarm.tmpl`, DEFINITION.template_files.alarm);
  writeFileSync(`${FOLDER}/alertmanager.yml`, stringify(config));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  ran('prometheus-alertmanager', '--version'); // or the reason why there is none
  server = await start({
    name: 'Alertmanager',
    command: 'prometheus-alertmanager',
    args: [
      `--config.file=${FOLDER}/alertmanager.yml`,
      `--storage.path=${FOLDER}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    env: { PATH: process.env.PATH, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    logFile: `${FOLDER}/alertmanager.log`,
    ready: () => answers(`${url}/-/ready`),
  });
});
afterAll(async () => {
  await server?.stop();
  sns.close();
});

it('is taken by amtool', () => {
  expect(ran('amtool', 'check-config', `${FOLDER}/alertmanager.yml`)).toMatchObject({ code: 0 });
});

it('tells the topic of the severity in the words of a CloudWatch alarm', async () => {
  await raise('ProcessRestarts');
  await until('a message', async () => published().length === 1);
  const [{ TopicArn, Subject, Message = '' } = {}] = published();
  expect([TopicArn, Subject]).toEqual([arn('critical'), 'ProcessRestarts']);
  expect(JSON.parse(Message)).toEqual({
    AlarmName: 'ProcessRestarts',
    AlarmDescription: `${ownRows.ProcessRestarts?.summary} Runbook: docs/runbooks/process-restarts.md`,
    AWSAccountId: '111111111111',
    AlarmArn: 'arn:aws:aps:eu-west-1:111111111111:alert/ProcessRestarts',
    NewStateValue: 'ALARM',
    NewStateReason: 'Rule of Prometheus.',
    StateChangeTime: '2026-01-31T10:20:30.000Z',
    Region: 'eu-west-1',
  });
});

it('tells of its end too', async () => {
  await raise('ProcessRestarts', new Date().toISOString());
  await until('a second message', async () => published().length === 2);
  expect(JSON.parse(published()[1]?.Message ?? '')).toMatchObject({
    AlarmName: 'ProcessRestarts',
    NewStateValue: 'OK',
  });
});

it('has rows whose words need no escape in a message', () => {
  const words = Object.values({ ...mirroredRows, ...ownRows }).flatMap(({ summary, runbook }) => [summary, runbook]);
  expect(words.filter((word) => /["\\\n{}]/.test(word))).toEqual([]);
});
