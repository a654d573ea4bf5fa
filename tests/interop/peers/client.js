// SPDX-License-Identifier: Apache-2.0
// Node as a client: client.js PORT NAME ROOT [CHAIN KEY]
const fs = require('fs');
const https = require('https');

const [port, name, root, chain, key] = process.argv.slice(2);
const options = {
  host: '127.0.0.1', port: Number(port), servername: name, agent: false,
  headers: { Host: name }, ca: fs.readFileSync(root),
};
if (chain) {
  options.cert = fs.readFileSync(chain);
  options.key = fs.readFileSync(key);
}
const request = https.get(options, (response) => {
  response.resume();
  response.on('end', () => process.exit(response.statusCode === 200 ? 0 : 1));
});
request.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
