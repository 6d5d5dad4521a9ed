/** `npm run bench:router`: cold start and memory of the built alert router, in a new process each time, against a local stand-in of AWS that knows nothing. Not Lambda's own start. */
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

const RUNS = 10;
const LIMIT_MS = 300;
const LIMIT_MB = 64;

/** Prints ms since the process began when the handler is there, when its first call has ended, and MB resident. */
const CHILD = `
const { handler } = require('./dist/lambda/alert-router/index.js');
const ready = performance.now();
handler('wake', { awsRequestId: 'bench' }).then(() => {
  console.log(JSON.stringify([ready, performance.now(), process.memoryUsage.rss() / 1e6]));
});`;

function standIn() {
  const server = createServer((asked, answer) => {
    asked.resume().on('end', () => answer.end('{"Attributes":{"word":{"N":"1"},"asked":{"N":"1"}},"Items":[]}'));
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
}

async function measure() {
  const worker = new Worker(new URL(import.meta.url)); // in a thread of its own: this one waits for the children
  const port = await new Promise((done) => worker.once('message', done));
  const env = {
    ...process.env,
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    TABLE_NAME: 'bench',
    SECRET_ID: 'bench',
    NOTICES_TOPIC_ARN: 'arn:aws:sns:eu-west-1:111111111111:bench',
    SETTINGS: JSON.stringify({
      environment: 'bench',
      topics: {},
      routes: { critical: [], warning: [], info: [] },
      lingerMs: 0,
    }),
  };
  const runs = Array.from({ length: RUNS }, () => {
    const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', CHILD], { env, encoding: 'utf8' });
    if (status !== 0 || !stdout.trim()) throw new Error(`router: expected figures, got ${stderr || 'nothing'}`);
    return JSON.parse(stdout.trim().split('\n').at(-1));
  });
  await worker.terminate();
  const line = (name, index, limit, unit) => {
    const sorted = runs.map((run) => run[index]).sort((a, b) => a - b);
    const median = (sorted[RUNS / 2 - 1] + sorted[RUNS / 2]) / 2;
    console.log(`${name}: median ${median.toFixed(0)}, max ${sorted.at(-1).toFixed(0)} ${unit} (limit ${limit})`);
    return median <= limit;
  };
  const good = [
    line('process start to handler ready', 0, LIMIT_MS, 'ms'),
    line('process start to end of the first call', 1, LIMIT_MS, 'ms'),
    line('resident after it', 2, LIMIT_MB, 'MB'),
  ];
  process.exitCode = good.every(Boolean) ? 0 : 1;
}

if (isMainThread) await measure();
else standIn();
