// node cel_js_rate.mjs PEERS EVENTS MILLISECONDS CONDITION…: how long a second cel-js takes for each condition, parsed
// once, on the events of a file (one a line), as a bus does it: all conditions in one process, different events. Prints a
// line for each condition: nanoseconds of one evaluation (the median of rounds, once as much time was spent on warming
// up), and for how many of the events it holds.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [peers, eventsFile, milliseconds, ...texts] = process.argv.slice(2);
const load = createRequire(join(resolve(peers), 'package.json'));
const { Environment } = await import(pathToFileURL(load.resolve('@marcbachmann/cel-js')));

const environment = new Environment().registerVariable('source', 'string').registerVariable('data', 'dyn');
const conditions = texts.map((text) => environment.parse(text));
const lines = readFileSync(eventsFile, 'utf8').split('\n').filter((line) => line !== '');
const events = lines.map((line) => ({ source: 'perizinan', data: JSON.parse(line) }));

const held = conditions.map(() => 0);
function round(at) {
  const condition = conditions[at];
  let right = 0;
  const start = process.hrtime.bigint();
  for (let turn = 0; turn < 20; ++turn) {
    for (let i = 0; i < events.length; ++i) right += condition(events[i]) === true ? 1 : 0;
  }
  const took = Number(process.hrtime.bigint() - start) / (20 * events.length);
  held[at] = right / 20;
  return took;
}

const until = Date.now() + Number(milliseconds);
while (Date.now() < until) conditions.forEach((_, at) => round(at));
const times = conditions.map(() => []);
while (Date.now() < until + Number(milliseconds)) conditions.forEach((_, at) => times[at].push(round(at)));
times.forEach((some, at) => {
  some.sort((a, b) => a - b);
  console.log(`${some[Math.floor(some.length / 2)].toFixed(2)} ${held[at]}`);
});
