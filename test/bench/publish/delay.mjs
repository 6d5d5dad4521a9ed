/** `node delay.mjs PORT MS`: a way to a local port that takes so many milliseconds there and back, for connections and for bytes. Prints its own port. */
import { connect, createServer } from 'node:net';

const [port, roundTripMs] = process.argv.slice(2).map(Number);
/** Bytes on their way in one direction: more than any sender here has unanswered. */
const MOST_UNDER_WAY = 16 * 1024 * 1024;

function carry(from, to) {
  let underWay = 0;
  const later = (act) => setTimeout(act, roundTripMs / 2); // timers of one length keep their order
  from.on('data', (piece) => {
    underWay += piece.length;
    if (underWay > MOST_UNDER_WAY) from.pause();
    later(() => {
      const room = to.write(piece);
      underWay -= piece.length;
      if (room) from.resume();
      else from.pause();
    });
  });
  to.on('drain', () => from.resume());
  from.on('end', () => later(() => to.end()));
  from.on('error', () => to.destroy());
  from.on('close', () => later(() => to.destroy()));
}

const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (client) => {
  client.on('error', () => {});
  setTimeout(() => {
    const upstream = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    carry(client, upstream);
    carry(upstream, client);
    client.resume();
  }, roundTripMs); // what opening a connection takes
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
