import { once } from 'node:events';
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { givenPort, reportToBench } from './bench-child.mjs';
import { readProvider } from './provider-tokens.mjs';

// Socket.IO with a room per answer and connection state recovery, as its page has it.

const aborts = new Map();
const http = createServer();
const io = new Server(http, {
  transports: ['websocket'],
  connectionStateRecovery: { maxDisconnectionDuration: 2 * 60 * 1000 },
});

io.on('connection', (socket) => {
  socket.on('subscribe', (model) => socket.join(model));
  socket.on('stop', (model) => aborts.get(model)?.abort());
  socket.on('start', (model) => {
    const abort = new AbortController();
    aborts.set(model, abort);
    let offset = 0;
    void readProvider(model, abort.signal, (text) => {
      io.to(model).emit('token', { offset, text });
      offset += text.length;
    });
  });
});

http.listen(givenPort, '127.0.0.1', 4096);
await once(http, 'listening');
reportToBench(http.address().port, () => io.close());
