/** A server's first boot: the script of app/server, whole, in a folder that stands for the machine. Its commands of the system only say that they were called. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run, standIn } from '../support/server-scripts';

const GROUP = 'Holdfast-prod-backend-blue';
const AGENT = 'opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl';

/** @param fails commands that end with 1, by their first words */
function boot(environment: Readonly<Record<string, string>> = {}, ...fails: readonly string[]) {
  const aws = standIn();
  const { GROUP: group, REFUSED: refused, ...others } = environment;
  if (group) aws.group(group);
  if (refused) aws.refuse(refused, 2);
  const machine = mkdtempSync(join(tmpdir(), 'holdfast-machine-'));
  const at = (path: string) => join(machine, path);
  const calls = join(aws.folder, 'calls');
  const program = (path: string, name: string) => {
    mkdirSync(dirname(path), { recursive: true });
    const failing = ['id', ...fails].map((each) => `case "${name} $*" in "${each}"*) exit 1;; esac`).join('\n');
    writeFileSync(
      path,
      `#!/bin/bash\necho "${name} $*" >>${calls}\n${failing}\n${name === 'ec2-metadata' ? 'echo i-1' : ''}\n`,
    );
    chmodSync(path, 0o755);
  };
  for (const name of ['dnf', 'id', 'useradd', 'systemctl', 'curl', 'sleep', 'ec2-metadata'])
    program(join(aws.folder, name), name);
  program(at(AGENT), 'agent');
  // nobody here may give files to another user
  writeFileSync(join(aws.folder, 'install'), '#!/bin/bash\nexec mkdir -p $(printf "%s\\n" "$@" | grep ^/)\n');
  chmodSync(join(aws.folder, 'install'), 0o755);
  const folders = ['site', 'worker', 'backend', 'services/pages'].map((name) => `build/${name}`);
  for (const path of ['etc/holdfast', 'etc/systemd/system', 'etc/logrotate.d', ...folders])
    mkdirSync(at(path), { recursive: true });
  cpSync('app/server', at('opt/holdfast/server'), { recursive: true });
  writeFileSync(at('build/site/index.html'), 'page');
  writeFileSync(at('build/worker/worker.js'), '');
  writeFileSync(at('build/services/pages/server.js'), '');
  if (environment.WARM_UP) writeFileSync(at('build/backend/warm-up.json'), environment.WARM_UP);
  if (environment.PAGES_WARM_UP) writeFileSync(at('build/services/pages/warm-up.json'), environment.PAGES_WARM_UP);
  const parts = ['site', 'backend', 'services', ...(environment.RELEASE === 'without worker' ? [] : ['worker'])];
  const { stdout } = spawnSync('tar', ['-c', '-C', at('build'), ...parts]);
  aws.object('releases/first.tar', stdout);
  const release = { id: 'first', sha256: createHash('sha256').update(stdout).digest('hex') };
  for (const service of ['backend', 'pages'])
    aws.object(`services/${service}.json`, JSON.stringify({ fleets: { blue: release } }));
  const names = {
    RELEASE_BUCKET: 'bucket',
    SERVICE: 'backend',
    PROCESSES: '2',
    LOG_GROUP: 'logs-of-prod',
    ...others,
  };
  const lines = Object.entries(names).map(([name, value]) => `${name}='${value}'\n`);
  writeFileSync(at('etc/holdfast/environment'), lines.join(''));
  const again = () => run(aws, at('opt/holdfast/server/first-boot.sh'), [], { DESTDIR: machine });
  return {
    ...again(),
    again,
    refuse: aws.refuse,
    read: (path: string) => readFileSync(at(path), 'utf8'),
    leads: (path: string) => readlinkSync(at(path)),
    calls: () => readFileSync(calls, 'utf8').trimEnd().split('\n'),
  };
}

it('ends well, with the packages, the release, the services and the agent', () => {
  const { code, said, read, calls } = boot();
  expect([code, said]).toEqual([0, '']);
  expect(read('opt/holdfast/current/site/index.html')).toBe('page');
  expect(read('etc/systemd/system/holdfast-backend@.service')).toContain('[Service]');
  expect(read('etc/systemd/system/holdfast-.service.d/hardening.conf')).toContain('NoNewPrivileges');
  expect(read('etc/logrotate.d/holdfast')).toContain('rotate');
  expect(calls()).toEqual([
    'ec2-metadata --quiet --instance-id',
    'dnf install -y -q nodejs24 amazon-cloudwatch-agent logrotate nginx',
    'id holdfast',
    'useradd --system --home-dir /opt/holdfast --shell /sbin/nologin holdfast',
    'systemctl daemon-reload',
    'systemctl enable boot-holdfast.service',
    'systemctl start holdfast-site.service',
    'systemctl start holdfast-lifecycle.service renew-holdfast.timer holdfast-nginx.service holdfast-site.timer holdfast-backend@8000 holdfast-backend@8001',
    expect.stringMatching(/^agent -a fetch-config -m ec2 -s -c file:/),
    'curl -fsS -o /dev/null --max-time 2 http://127.0.0.1:8080/livez',
    'curl -fs -o /dev/null --max-time 10 http://127.0.0.1:8000/health',
    'curl -fs -o /dev/null --max-time 10 http://127.0.0.1:8001/health',
    `group: ${GROUP} i-1 ready CONTINUE`,
  ]);
});

it('writes what differs between machines beside the configuration of NGINX', () => {
  const { read, leads } = boot({ PROCESSES: '1', HOSTS: 'www.example.com origin.www.example.com' });
  expect(read('opt/holdfast/server/upstream.conf')).toBe(
    'server 127.0.0.1:8000 max_fails=1 fail_timeout=1s;\nserver 127.0.0.1:8000 max_fails=0 backup;\n',
  );
  expect(read('opt/holdfast/server/hosts.conf')).toBe('default 0;\nwww.example.com 1;\norigin.www.example.com 1;\n');
  expect(read('opt/holdfast/server/listen.conf')).toBe('listen 8080;\n');
  expect(leads('opt/holdfast/server/origin.conf')).toBe('/run/holdfast-nginx/origin.conf');
});

it('answers to any name where only CloudFront can ask', () => {
  expect(boot().read('opt/holdfast/server/hosts.conf')).toBe('default 1;\n');
});

it('tells the agent where the logs go', () => {
  const agent = boot().read('opt/holdfast/server/amazon-cloudwatch-agent.json');
  expect(agent).toContain('"logs-of-prod"');
  expect(agent).not.toContain('@LOG_GROUP@');
});

it('starts the agent with nothing more where nothing more is on', () => {
  expect(
    boot()
      .calls()
      .filter((call) => call.startsWith('agent')),
  ).toHaveLength(1);
});

it('has each process scraped under names of its own where there is a workspace', () => {
  const { code, read, calls } = boot({ PROMETHEUS_WORKSPACE: 'ws-1', ENVIRONMENT: 'staging' });
  expect(code).toBe(0);
  const labels = { environment: 'staging', server: 'i-1', process: '8001', instance: 'i-1:8001' };
  expect(JSON.parse(read('opt/holdfast/server/targets.json'))[1]).toEqual({ targets: ['127.0.0.1:8001'], labels });
  expect(read('opt/holdfast/server/agent-prometheus.json')).toContain('"workspace_id": "ws-1"');
  expect(calls()).toContainEqual(expect.stringMatching(/^agent -a append-config .*agent-prometheus\.json$/));
});

it('has the agent take spans where requests are traced', () => {
  const { calls } = boot({ TRACE_RATE: '0.05' });
  expect(calls()).toContainEqual(expect.stringMatching(/^agent -a append-config .*agent-traces\.json$/));
});

it('serves the site of the release when there is no copy yet, and says so', () => {
  const { code, said, read } = boot({}, 'systemctl start holdfast-site');
  expect([code, said]).toEqual([0, 'first boot: no copy of the site yet; the one of the release is served\n']);
  expect(read('opt/holdfast/site/current/index.html')).toBe('page');
});

it('may run again', () => {
  const { again, read } = boot();
  expect(again()).toEqual({ code: 0, said: '' });
  expect(read('opt/holdfast/site/current/index.html')).toBe('page');
});

it('fails, and so tells CloudFormation, when the release is not there', () => {
  expect(boot({ RELEASE_BUCKET: 'elsewhere' }).code).not.toBe(0);
});

it('fails when nothing answers in the end, and makes room for another server at once', () => {
  const { code, said, calls } = boot({}, 'curl');
  expect([code, said]).toEqual([1, expect.stringContaining('expected /livez to answer within 120 s, got nothing')]);
  expect(said).toContain('see journalctl -u holdfast-backend@8000 -u holdfast-nginx');
  expect(calls().at(-1)).toBe(`group: ${GROUP} i-1 ready ABANDON`);
});

it('writes its group beside what it was told, and installs what that one is to run', () => {
  expect(boot().read('etc/holdfast/fleet')).toBe(`INSTANCE='i-1'\nGROUP='${GROUP}'\nFLEET='blue'\n`);
  const { code, said } = boot({ GROUP: 'Holdfast-prod-backend-green' });
  expect([code, said]).toEqual([1, expect.stringContaining('expected fleets.green with id and sha256')]);
});

it('fails in a group that is neither of the two, after asking for half a minute', () => {
  const { code, said, calls } = boot({ GROUP: 'None' });
  expect([code, said]).toEqual([1, expect.stringContaining("whose name ends in -blue or -green, got 'None'")]);
  expect(calls().filter((call) => call === 'sleep 3')).toHaveLength(9);
});

it('asks again for its group where that is refused: the rights of a new role are not everywhere at once', () => {
  const { code, calls } = boot({ REFUSED: 'ec2' });
  expect([code, calls().filter((call) => call === 'sleep 3')]).toEqual([0, ['sleep 3', 'sleep 3']]);
});

it('answers again where its group doesn’t wait yet, and ends well where nobody does', () => {
  const { code, calls } = boot({ REFUSED: 'autoscaling' });
  expect([code, calls().slice(-3)]).toEqual([0, ['sleep 5', 'sleep 5', `group: ${GROUP} i-1 ready CONTINUE`]]);
  const { again, refuse } = boot();
  refuse('autoscaling', 100);
  expect(again()).toEqual({ code: 0, said: 'first boot: nobody waited for it\n' });
});

describe('the first requests', () => {
  it('are those that the release names, to each process', () => {
    const asked = boot({ WARM_UP: '["/api/me?a=*", "/"]' })
      .calls()
      .filter((call) => call.includes('127.0.0.1:800'))
      .map((call) => call.slice(call.indexOf(':800') + 1));
    const paths = ['/health', '/api/me?a=*', '/'];
    expect(asked).toEqual(['8000', '8001'].flatMap((port) => paths.map((path) => port + path)));
  });

  it('keep no server out when they are answered badly: what is behind may be down', () => {
    const { code, said } = boot({}, 'curl -fs -o');
    expect([code, said]).toEqual([0, expect.stringContaining('warm-up: /health did not answer well on port 8001')]);
  });

  it.each(['{}', '["api"]', '["/a b"]', 'x'])('refuse a list like %s', (list) => {
    const { code, said } = boot({ WARM_UP: list });
    expect([code, said]).toEqual([1, expect.stringContaining('backend/warm-up.json: expected paths such as')]);
  });
});

describe('a server of the workers', () => {
  it('ends well with the worker, without NGINX, backends and a site', () => {
    const { code, said, calls } = boot({ SERVES: 'worker' });
    expect([code, said]).toEqual([0, '']);
    expect(calls()).toEqual([
      'ec2-metadata --quiet --instance-id',
      'dnf install -y -q nodejs24 amazon-cloudwatch-agent logrotate',
      'id holdfast',
      'useradd --system --home-dir /opt/holdfast --shell /sbin/nologin holdfast',
      'systemctl daemon-reload',
      'systemctl enable boot-holdfast.service',
      'systemctl start holdfast-lifecycle.service renew-holdfast.timer holdfast-worker.service',
      expect.stringMatching(/^agent -a fetch-config/),
      'curl -fsS -o /dev/null --max-time 2 http://127.0.0.1:8100/livez',
      `group: ${GROUP} i-1 ready CONTINUE`,
    ]);
  });

  it('fails where the release has no worker, and says what to do', () => {
    const { code, said } = boot({ SERVES: 'worker', RELEASE: 'without worker' });
    expect([code, said]).toEqual([1, expect.stringContaining('expected worker/worker.js in the release, got none')]);
  });
});

describe('a server of the fleet that does jobs too', () => {
  it('waits for both', () => {
    const asked = boot({ SERVES: 'backend worker' })
      .calls()
      .filter((call) => call.endsWith('/livez'));
    expect(asked.map((call) => call.slice(-11))).toEqual([':8080/livez', ':8100/livez']);
  });

  it('does none where the release has no worker', () => {
    const { code, calls } = boot({ SERVES: 'backend worker', RELEASE: 'without worker' });
    expect([code, calls().join()]).toEqual([0, expect.not.stringContaining('holdfast-worker')]);
  });
});

describe('services besides the backend', () => {
  const PAGES = 'pages:8200:2:DATABASE,COOKIE:/reports/*';

  it('are started and waited for, each process told its port and its secrets', () => {
    const { code, said, read, calls } = boot({ SERVICES: PAGES });
    expect([code, said]).toEqual([0, '']);
    expect(read('etc/holdfast/services/pages-8201')).toBe("NAME='pages'\nPORT='8201'\nSECRETS='DATABASE COOKIE'\n");
    expect(calls().find((call) => call.startsWith('systemctl start holdfast-lifecycle'))).toContain(
      ' holdfast-service@pages-8200 holdfast-service@pages-8201 ',
    );
    const asked = calls().filter((call) => call.startsWith('curl -fsS'));
    expect(asked.map((call) => call.slice(-11))).toEqual([':8200/livez', ':8201/livez', ':8080/livez']);
  });

  it('on servers of their own stand in the place of the backend, and no site is copied', () => {
    const own = { SERVES: 'service', SERVICE: 'pages', SERVICES: 'pages:8000:2::/reports/*' };
    const { code, said, read, calls } = boot({ ...own, GROUP: 'Holdfast-prod-pages-blue' });
    expect([code, said]).toEqual([0, '']);
    expect(calls()).toContain(
      'systemctl start holdfast-lifecycle.service renew-holdfast.timer holdfast-nginx.service holdfast-service@pages-8000 holdfast-service@pages-8001',
    );
    expect(calls().join()).not.toMatch(/holdfast-(backend|site)/);
    expect(read('opt/holdfast/server/upstream.conf')).toContain('server 127.0.0.1:8001 max_fails=1');
  });

  it('have first requests of their own, and a bad list of theirs is said to be theirs', () => {
    const given = { SERVICES: 'pages:8200:1::/reports/*' };
    const good = boot({ ...given, PAGES_WARM_UP: '["/reports/"]' });
    expect(good.calls().at(-2)).toMatch(/127\.0\.0\.1:8200\/reports\/$/);
    const { code, said } = boot({ ...given, PAGES_WARM_UP: '{}' });
    expect([code, said]).toEqual([1, expect.stringContaining('services/pages/warm-up.json: expected paths such as')]);
  });

  it('that the release lacks end the boot, which says what to do', () => {
    const { code, said } = boot({ SERVICES: 'other:8200:1::/other/*' });
    expect([code, said]).toEqual([
      1,
      expect.stringContaining('expected services/other/server.js in the release, got none; see docs/services.md'),
    ]);
  });
});
