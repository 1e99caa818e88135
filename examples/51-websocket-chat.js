// A chat with a page for browsers: open it twice.
//
//   npx gudeg examples/51-websocket-chat.js

import { WebSocketGateway, WebSocketGroup } from 'gudeg/websocket';

const page = `<!doctype html>
<meta charset="utf-8" />
<title>Chat</title>
<ul id="said"></ul>
<form><input name="text" autofocus autocomplete="off" /> <button>Say</button></form>
<script>
  const socket = new WebSocket(\`ws://\${location.host}/chat\`);
  const form = document.querySelector('form');
  form.onsubmit = (event) => {
    event.preventDefault();
    socket.send(form.text.value);
    form.reset();
  };
  socket.onmessage = ({ data }) => {
    const item = document.createElement('li');
    item.textContent = data;
    document.querySelector('#said').append(item);
  };
</script>
`;

const room = new WebSocketGroup();
let guests = 0;

const chat = WebSocketGateway(
  async (ws) => {
    const name = `guest ${++guests}`;
    room.add(ws).send(`${name} joins`);
    await ws.each((message) => room.send(`${name}: ${message}`));
    room.send(`${name} leaves`);
  },
  // Only our own page may connect.
  { originChecker: (host, origin) => origin === null || origin === `http://${host}` },
);

export default function app(session, request, api) {
  if (request.uri === '/chat') return chat(session, request, api);
  return [200, 'OK', { 'content-type': 'text/html; charset=utf-8' }, page];
}
