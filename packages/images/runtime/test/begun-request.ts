import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** A request that is on its way. */
export interface Exchange {
  /** The connection, when headers and the beginning of the body are sent. */
  begun: Promise<Socket>;
  /** Everything that came back. */
  reply: Promise<string>;
}

/** Sends headers and the beginning of the body of a completion. */
export function begin(port: number, body: string): Exchange {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const reply = new Promise<string>((done, fail) => {
    socket.on('close', () => done(text)).on('error', fail);
  });
  const head = [
    'POST /v1/completions HTTP/1.1',
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    '',
    '',
  ].join('\r\n');
  const begun = new Promise<Socket>((done) => {
    socket.write(head + body.slice(0, 10), () => setTimeout(() => done(socket), 300));
  });
  return { begun, reply };
}
