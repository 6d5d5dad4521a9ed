/** Outputs of a stack, as commands read them, from a stand-in that answers as CloudFormation does. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { outputsOf } from '../../lib/commands/outputs';

const REGION = 'eu-central-1';
const output = (key: string, value: string) =>
  `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`;
const STACK = `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>One</StackName><Outputs>
  ${output('QueueUrl', 'https://sqs.example/?a=1&amp;b=2')}${output('Empty', '')}
</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
const NONE = `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id Two does not exist</Message></Error></ErrorResponse>`;

let server: Server;
const before = { ...process.env };

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const found = Buffer.concat(parts).toString().includes('StackName=One');
    response.writeHead(found ? 200 : 400, { 'content-type': 'text/xml' }).end(found ? STACK : NONE);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID: '1', AWS_SECRET_ACCESS_KEY: '2' });
});
afterAll(() => {
  process.env = before;
  server.close();
});

it('are read as they were meant', async () => {
  expect(await outputsOf('One', REGION, ['QueueUrl'])).toEqual({ QueueUrl: 'https://sqs.example/?a=1&b=2' });
});

it('that are not there are named, with what brings them', async () => {
  await expect(outputsOf('One', REGION, ['Empty', 'QueueUrl', 'Gone'], 'set x and deploy')).rejects.toThrow(
    'One: expected outputs Empty, Gone, got none; set x and deploy',
  );
});

it('of a stack that is not deployed lead to who asked, and where', async () => {
  await expect(outputsOf('Two', REGION, [])).rejects.toThrow(
    /^Two: expected a deployed stack in eu-central-1, got ValidationError: Stack with id Two does not exist; check .*AWS_PROFILE$/,
  );
});
