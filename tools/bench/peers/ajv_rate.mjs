// node ajv_rate.mjs PEERS SCHEMA EVENT MILLISECONDS: how often a second ajv validates the event, formats on: the median
// of rounds of 1 000 checks, once as much time was spent on warming up.
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
function rate() {
  const start = process.hrtime.bigint();
  for (let i = 0; i < 1000; ++i) valid += validate(event) ? 1 : 0;
  return 1e12 / Number(process.hrtime.bigint() - start);
}

const until = Date.now() + Number(milliseconds);
while (Date.now() < until) rate();
const rates = [];
while (Date.now() < until + Number(milliseconds)) rates.push(rate());
if (valid === 0) throw new Error('ajv says that the event is not valid');
rates.sort((a, b) => a - b);
console.log(rates[Math.floor(rates.length / 2)].toFixed(0));
