/** Loaded into Lambda functions by NODE_OPTIONS: a balancer's own names lead to the emulator, which finds balancer and listener by the Host header. */
const { Agent, request } = require('node:http');
const { Readable } = require('node:stream');

/** AWS's name, and those of ours: `origin.<domain>`, and each region's. */
const isBalancer = (host = '') => /\.elb\.amazonaws\.com$|(^|\.)origin\./.test(host);
const { createConnection } = Agent.prototype;

Agent.prototype.createConnection = function connect(options, ...rest) {
  const there = isBalancer(options.host) ? { host: '127.0.0.1', port: process.env.GATEWAY_PORT } : {};
  return createConnection.call(this, { ...options, ...there }, ...rest);
};

const { fetch } = globalThis;

/** Without TLS: the emulator has no certificate of ours. The port says which listener is meant. Node's own fetch lets nobody set the host. */
globalThis.fetch = (to, init = {}) => {
  const url = new URL(to instanceof Request ? to.url : to);
  if (!isBalancer(url.hostname)) return fetch(to, init);
  const { method = 'GET', body, signal } = init;
  const secure = url.protocol === 'https:';
  const headers = {
    ...Object.fromEntries(new Headers(init.headers)),
    ...(secure && { 'x-forwarded-proto': 'https' }),
    host: `${url.hostname}:${url.port || (secure ? 443 : 80)}`,
  };
  const there = { host: '127.0.0.1', port: process.env.GATEWAY_PORT, path: `${url.pathname}${url.search}` };
  return new Promise((done, failed) => {
    const sent = request({ ...there, method, headers, signal }, (answer) => {
      const { statusCode: status, headers: told } = answer;
      done(new Response(status === 204 ? null : Readable.toWeb(answer), { status, headers: told }));
    });
    sent.once('error', failed).end(body);
  });
};
