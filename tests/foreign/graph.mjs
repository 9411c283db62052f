// Microsoft's client for JavaScript at the practice pool, for graph.py: prints what it saw as JSON.
//
//   node graph.mjs FOLDER_OF_MODULES BASE TOKEN ID SUBJECT START END

import { createRequire } from 'node:module';

const [modules, base, token, id, subject, start, end] = process.argv.slice(2);
const { Client, GraphError } = createRequire(modules + '/')('@microsoft/microsoft-graph-client');

const client = Client.init({
  baseUrl: base.replace(/v1\.0$/, ''),
  defaultVersion: 'v1.0',
  customHosts: new Set(['localhost']),
  authProvider: done => done(null, token),
});
const one = id => client.api(`/me/onlineMeetings/${id}`);
const refusal = error => ({ isGraphs: error instanceof GraphError, status: error.statusCode, code: error.code });

const saw = {};
saw.made = await one(id).get();
const link = saw.made.joinWebUrl.replaceAll("'", "''");
saw.found = await client.api('/me/onlineMeetings').filter(`JoinWebUrl eq '${encodeURIComponent(link)}'`).get();
saw.changed = await one(id).patch({ subject, startDateTime: start, endDateTime: end });
const wanted = { externalId: 'made by another client', subject: 'JavaScript', startDateTime: start, endDateTime: end };
saw.own = await client.api('/me/onlineMeetings/createOrGet').post(wanted);
saw.again = await client.api('/me/onlineMeetings/createOrGet').post(wanted);
await one(saw.own.id).delete();
saw.gone = await one(saw.own.id).get().then(() => null, refusal);
saw.wrong = await one(id).patch({ lobbyBypassSettings: { scope: 'Everyone' } }).then(() => null, refusal);
console.log(JSON.stringify(saw));
