/** Loaded into a backend by NODE_OPTIONS: its resolver, where the drill's names lead to what DRILL_NAMES says at that moment. */
const dns = require('node:dns');
const { readFileSync } = require('node:fs');

const OURS = /\.drill$/;
const real = dns.lookup;
const realPromise = dns.promises.lookup;

const addressOf = (name) => {
  const address = JSON.parse(readFileSync(process.env.DRILL_NAMES, 'utf8'))[name];
  if (address) return address;
  throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND', hostname: name });
};

dns.lookup = (name, options, callback) => {
  if (!OURS.test(name)) return real(name, options, callback);
  const [wanted, done] = typeof options === 'function' ? [{}, options] : [options ?? {}, callback];
  process.nextTick(() => {
    try {
      const address = addressOf(name);
      if (wanted.all) done(null, [{ address, family: 4 }]);
      else done(null, address, 4);
    } catch (error) {
      done(error);
    }
  });
};

dns.promises.lookup = async (name, options = {}) => {
  if (!OURS.test(name)) return realPromise(name, options);
  const found = { address: addressOf(name), family: 4 };
  return options.all ? [found] : found;
};
