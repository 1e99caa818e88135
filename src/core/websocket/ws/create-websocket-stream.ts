import { Duplex, type DuplexOptions } from 'node:stream';
import { WebSocket, type SendData } from './websocket.ts';

/** Options of `createWebSocketStream()`, and those of `stream.Duplex`. */
export type WebSocketStreamOptions = DuplexOptions;

/**
 * A WebSocket as a stream: each message is a chunk, each chunk a message. Ending the stream closes the
 * socket; destroying it cuts the connection.
 */
export function createWebSocketStream(
  socket: WebSocket,
  options: WebSocketStreamOptions = {},
): Duplex {
  let terminates = true;
  const whenOpen = (action: () => void): void => {
    if (socket.readyState === WebSocket.CONNECTING) socket.once('open', action);
    else action();
  };
  const duplex = new Duplex({
    ...options,
    autoDestroy: false,
    emitClose: false,
    objectMode: false,
    writableObjectMode: false,
    read() {
      if (socket.isPaused) socket.resume();
    },
    write(chunk: SendData, _encoding, done) {
      whenOpen(() => {
        socket.send(chunk, done as (error?: Error) => void);
      });
    },
    final(done) {
      whenOpen(() => {
        if (socket.readyState === WebSocket.CLOSED) {
          done();
          if (duplex.readableEnded) duplex.destroy();
          return;
        }
        socket.once('close', () => {
          done();
        });
        socket.close();
      });
    },
    destroy(error, done) {
      const finish = (): void => {
        done(error);
        process.nextTick(() => duplex.emit('close'));
      };
      if (socket.readyState === WebSocket.CLOSED) {
        finish();
        return;
      }
      let isTold = false;
      socket.once('error', (failure: Error) => {
        isTold = true;
        done(failure);
      });
      socket.once('close', () => {
        if (!isTold) done(error);
        process.nextTick(() => duplex.emit('close'));
      });
      if (terminates) socket.terminate();
    },
  });
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    const chunk = !isBinary && duplex.readableObjectMode ? data.toString() : data;
    if (!duplex.push(chunk)) socket.pause();
  });
  socket.once('error', (error: Error) => {
    if (duplex.destroyed) return;
    // The socket has ended by itself, and has more to tell.
    terminates = false;
    duplex.destroy(error);
  });
  socket.once('close', () => {
    if (!duplex.destroyed) duplex.push(null);
  });
  const destroyWhenOver = (): void => {
    if (!duplex.destroyed && duplex.readableEnded && duplex.writableFinished) duplex.destroy();
  };
  duplex.on('end', destroyWhenOver);
  duplex.on('finish', destroyWhenOver);
  duplex.on('error', onError);
  return duplex;
}

/** Node destroys a stream that fails by itself only where that is asked for. */
function onError(this: Duplex, error: Error): void {
  this.removeListener('error', onError);
  this.destroy();
  if (this.listenerCount('error') === 0) this.emit('error', error);
}
