/** How a server leaves: the script of app/server, run with stand-ins for the metadata service, systemd and the AWS command line. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, standIn } from '../support/server-scripts';

/** @param states what the metadata service says, look by look; '' for no answer */
function watch(states: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const aws = standIn();
  const calls = join(aws.folder, 'calls');
  const program = (name: string, body: string) => {
    writeFileSync(join(aws.folder, name), `#!/bin/bash\n${body}\n`);
    chmodSync(join(aws.folder, name), 0o755);
  };
  writeFileSync(join(aws.folder, 'states'), states.map((state) => `${state}\n`).join(''));
  program(
    'curl',
    `if [[ $* == *api/token ]]; then echo token; exit; fi
     state=$(head -1 ${aws.folder}/states); sed -i 1d ${aws.folder}/states; [ -n "$state" ] && echo "$state"`,
  );
  for (const name of ['sleep', 'systemctl']) program(name, `echo "${name} $*" >>${calls}`);
  const told = { GROUP: 'Holdfast-prod-backend-green', INSTANCE: 'i-1', ...environment };
  const { code, said } = run(aws, 'app/server/lifecycle.sh', ['watch'], told);
  return { code, said, calls: readFileSync(calls, 'utf8').trimEnd().split('\n') };
}

const STOPPED = [
  'systemctl stop renew-holdfast.timer renew-holdfast.service',
  'systemctl stop holdfast-nginx.service',
  'systemctl stop holdfast-backend@* holdfast-service@* holdfast-worker.service',
  'group: Holdfast-prod-backend-green i-1 stopped CONTINUE',
];

it('stops NGINX before the processes behind it, and then tells the group', () => {
  expect(watch(['Terminated'])).toEqual({ code: 0, said: '', calls: ['sleep 0', ...STOPPED] });
});

it('lets the balancer finish first what it has sent', () => {
  expect(watch(['Terminated'], { DRAIN_SECONDS: '30' }).calls[0]).toBe('sleep 30');
});

it('goes on serving while the group keeps it, and while nobody answers', () => {
  const { calls } = watch(['InService', '', 'InService', 'Terminated']);
  expect(calls).toEqual(['sleep 5', 'sleep 5', 'sleep 5', 'sleep 0', ...STOPPED]);
});

it('leaves a warm pool the same way', () => {
  expect(watch(['Warmed:Running', 'Warmed:Terminated']).calls).toEqual(['sleep 5', 'sleep 0', ...STOPPED]);
});

it('refuses to do anything else', () => {
  const { code, said } = run(standIn(), 'app/server/lifecycle.sh', ['wait'], { GROUP: 'g', INSTANCE: 'i' });
  expect([code, said]).toEqual([2, "lifecycle: expected answer or watch, got 'wait'\n"]);
});
