/** Clients that begin a request and never end it, a byte a second: half in its headers, half in its body. */
import { connect, type Socket } from 'node:net';

const EVERY_MS = 1000;
const HEADERS = 'GET /api/profile HTTP/1.1\r\nHost: drill\r\nX-Slow: ';
const BODY =
  'POST /api/login HTTP/1.1\r\nHost: drill\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{"email": "';

/** So many at once: who is thrown out comes again. Returns what ends them and tells how many were open at least. */
export function slowClients({ hostname, port }: URL, count: number): () => number {
  const open = new Map<number, Socket>();
  let least = Number.POSITIVE_INFINITY;
  const come = (number: number) => {
    const socket = connect(Number(port), hostname, () => socket.write(number % 2 ? HEADERS : BODY));
    socket.on('error', () => undefined); // its end says the same
    socket.on('data', () => undefined);
    socket.on('close', () => open.delete(number));
    open.set(number, socket);
  };
  for (let number = 0; number < count; number++) come(number);
  const timer = setInterval(() => {
    least = Math.min(least, open.size);
    for (let number = 0; number < count; number++) {
      const socket = open.get(number);
      if (socket?.writable) socket.write('x');
      else come(number);
    }
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    for (const socket of open.values()) socket.destroy();
    return least;
  };
}
