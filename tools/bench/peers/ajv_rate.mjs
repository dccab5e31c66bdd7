// node ajv_rate.mjs PEERS SCHEMA EVENT MILLISECONDS: how often a second ajv validates the event, formats on; the best
// of five windows.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const [peers, schemaFile, eventFile, milliseconds] = process.argv.slice(2);
const load = createRequire(join(resolve(peers), 'package.json'));
const Ajv = load('ajv/dist/2020').default;
const addFormats = load('ajv-formats').default;

const ajv = new Ajv({ strict: false });
addFormats(ajv);
const validate = ajv.compile(JSON.parse(readFileSync(schemaFile, 'utf8')));
const event = JSON.parse(readFileSync(eventFile, 'utf8'));

let valid = 0;
function rate(time) {
  const start = process.hrtime.bigint();
  let calls = 0;
  let took = 0;
  while (took < time * 1e6) {
    for (let i = 0; i < 2000; ++i) valid += validate(event) ? 1 : 0;
    calls += 2000;
    took = Number(process.hrtime.bigint() - start);
  }
  if (valid === 0) throw new Error('ajv says that the event is not valid');
  return (calls / took) * 1e9;
}

rate(milliseconds);
let best = 0;
for (let window = 0; window < 5; ++window) best = Math.max(best, rate(milliseconds / 5));
console.log(best.toFixed(0));
