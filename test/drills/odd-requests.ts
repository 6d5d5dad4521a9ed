/** 200 odd requests: bodies, ids, headers and first lines that no client of good will sends. Sends none of them. */

type Headers = Readonly<Record<string, string>>;

export interface Odd {
  /** Its odd part. */
  readonly what: string;
  /** As they go onto the socket, for a visitor of that address. */
  readonly bytes: (from: string) => string;
}

const LONG = 'x'.repeat(5000);

/** One a line, as sent; `LONG` stands for 5,000 letters. */
const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim().replaceAll('LONG', LONG))
    .filter(Boolean);

const BODIES = lines(String.raw`
  {
  }
  []
  null
  true
  0
  "text"
  {"email":}
  {'email': 'a'}
  {"email":"a@b.example"}
  {"email":1,"password":2}
  {"email":null,"password":null}
  {"email":[],"password":{}}
  {"email":"a@b.example","password":"correct horse","admin":true}
  {"__proto__":{"admin":true}}
  {"constructor":{"prototype":{"admin":true}}}
  {"email":"\u0000@b.example","password":"correct horse"}
  {"email":"a@b.example","password":"\ud800\udfff\ud800"}
  {"email":"LONG@b.example","password":"LONG"}
  {"LONG":1}
  {"email":"a@b.example","email":"c@d.example"}
  {"product":"a","quantity":0}
  {"product":"a","quantity":-1}
  {"product":"a","quantity":1.5}
  {"product":"a","quantity":1e309}
  {"product":"a","quantity":9007199254740993}
  {"product":"a","quantity":"1"}
  {"product":"","quantity":1}
  {"product":"\u0000","quantity":1}
  {"product":{"$ne":1},"quantity":1}
  {"product":"'; drop table orders; --","quantity":1}
  {"quantity":1}
  email=a&password=b
  <!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>
  LONGLONGLONGLONGLONGLONGLONGLONGLONGLONGLONGLONGLONGLONG
`).concat('', ' ', '\u0000\u0001', '\ufeff{}', '['.repeat(10_000) + ']'.repeat(10_000));

const IDS = lines(`
  0
  -1
  1.5
  1e3
  NaN
  null
  99999999999999999999
  %00
  %zz
  %
  ..%2f..%2fetc%2fpasswd
  %F0%9F%92%A3
  1'%20or%20'1'='1
  1;select%201
  1/2
  1%2F2
  %2e%2e
  __proto__
  constructor
  01
  +1
  {}
  [1]
  LONG
  1?id=2
  1%0d%0aX-Odd:%20yes
  0x10
  ١
`);

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const bearer = (header: object, payload: object, signature = 'AAAA') =>
  `Authorization: Bearer ${part(header)}.${part(payload)}.${signature}`;

const HEADERS = lines(`
  Cookie: sid=
  Cookie: sid=x
  Cookie: sid=s%3Ax.y
  Cookie: sid=%E0%A4%A
  Cookie: sid=LONG
  Cookie: ;;;=;=;
  Cookie: sid=a; sid=b
  Cookie: sid="x
  Authorization: Bearer
  Authorization: Bearer a.b.c
  Authorization: Basic YTpi
  Authorization: Bearer LONG
  Idempotency-Key:
  Idempotency-Key: LONG
  Idempotency-Key: ü
  Content-Type: text/plain
  Content-Type: application/json; charset=utf-7
  Content-Type: multipart/form-data
  Content-Encoding: gzip
  Content-Length: x
  Content-Length: -1
  Transfer-Encoding: chunked
  Transfer-Encoding: gzip, chunked
  Expect: 100-continue
  Expect: odd
  Host: a b
  Upgrade: websocket
  Upgrade: h2c
  Origin: null
  Origin: :::
  Sec-Fetch-Site: odd
  X-Forwarded-For: not an address
  X-Forwarded-For: ,,,
  X-Forwarded-Proto: gopher
  X-Request-Id: LONG
  traceparent: odd
  Accept: LONG
  Range: bytes=9-1
  If-None-Match: LONG
  X-LONG: x
`).concat(
  'Cookie: sid=\u0001',
  'Idempotency-Key: \u0001',
  bearer({ alg: 'none' }, { sub: '1' }, ''),
  bearer({ alg: 'HS256' }, { sub: '1', exp: 9e9 }),
  bearer({ alg: 'HS256', kid: '../../etc/passwd' }, { sub: '1' }),
  bearer({ alg: 'RS256', jwk: {} }, {}),
  bearer({ alg: 'HS256', b64: false, crit: ['b64'] }, {}),
);

const FIRST_LINES = lines(`
  GET
  GET /
  GET / HTTP/9.9
  BREW /api/profile HTTP/1.1
  GET http://[ HTTP/1.1
  PATCH /api/orders HTTP/1.1
  TRACE /api/profile HTTP/1.1
  CONNECT drill:1 HTTP/1.1
  OPTIONS * HTTP/1.1
  GET /LONGLONGLONG HTTP/1.1
`);

function request(first: string, headers: Headers, body = ''): Odd['bytes'] {
  return (from) => {
    const all: Headers = { Host: 'drill', 'X-Forwarded-For': from, Connection: 'close', ...headers };
    const head = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
    return `${[first, ...head].join('\r\n')}\r\n\r\n${body}`;
  };
}

function post(path: string, body: string, headers: Headers = {}): Odd['bytes'] {
  const usual = {
    'Content-Type': 'application/json',
    'Content-Length': `${Buffer.byteLength(body)}`,
    'Idempotency-Key': 'odd',
  };
  return request(`POST ${path} HTTP/1.1`, { ...usual, ...headers }, body);
}

const short = (text: string) => text.slice(0, 40).trim();

export const ODD: readonly Odd[] = [
  ...['/api/register', '/api/login', '/api/orders'].flatMap((path) =>
    BODIES.map((body) => ({ what: `${path} ${short(body)}`, bytes: post(path, body) })),
  ),
  ...IDS.map((id) => ({ what: `product ${short(id)}`, bytes: request(`GET /api/products/${id} HTTP/1.1`, {}) })),
  ...HEADERS.map((line) => {
    const [name = '', ...value] = line.split(': ');
    const odd = { [name]: value.join(': ') };
    const token = request('GET /api/token/profile HTTP/1.1', odd);
    return {
      what: short(line),
      bytes: name === 'Authorization' ? token : post('/api/orders', '{"product":"a","quantity":1}', odd),
    };
  }),
  ...FIRST_LINES.map((line) => ({ what: short(line), bytes: request(line, {}) })),
];
