// SPDX-License-Identifier: Apache-2.0
// Node as a server: server.js PORT CHAIN KEY ROOT
const fs = require('fs');
const https = require('https');

const [port, chain, key, root] = process.argv.slice(2);
https.createServer({
  cert: fs.readFileSync(chain),
  key: fs.readFileSync(key),
  ca: fs.readFileSync(root),
  requestCert: true,
  rejectUnauthorized: true,
}, (request, response) => response.end('hello\n'))
  .listen(Number(port), '127.0.0.1');
