/** Loaded into Lambda functions by NODE_OPTIONS: a balancer's own name leads to the emulator, which finds balancer and listener by the Host header. */
const { Agent } = require('node:http');

const { createConnection } = Agent.prototype;

Agent.prototype.createConnection = function connect(options, ...rest) {
  const isBalancer = /\.elb\.amazonaws\.com$/.test(options.host ?? '');
  const there = isBalancer ? { host: '127.0.0.1', port: process.env.GATEWAY_PORT } : {};
  return createConnection.call(this, { ...options, ...there }, ...rest);
};
