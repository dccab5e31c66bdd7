// The peer ajv, asked over standard input: one line {"dialect", "schema", "documents"}, one line of answer:
// {"answers": "10…"} or {"refused": "why"}. Argument: the folder of packages.
'use strict';
const path = require('path');
const vm = require('vm');
const packages = path.resolve(process.argv[2]);
const get = (name) => require(path.join(packages, name));
// A package that is not there ends the peer at once: its absence must never look like schemas that it refuses.
['ajv/dist/2020', 'ajv/dist/2019', 'ajv', 'ajv-draft-04', 'ajv-formats'].forEach(get);

const options = {strict: false, allErrors: true, validateSchema: false, logger: false, ownProperties: true};
const makers = {
  '2020-12': () => new (get('ajv/dist/2020').default)(options),
  '2019-09': () => new (get('ajv/dist/2019').default)(options),
  '7': () => new (get('ajv').default)(options),
  '6': () => new (get('ajv').default)(options),
  '4': () => new (get('ajv-draft-04').default)(options),
};
const used = {};
// Its patterns backtrack: some would not end in a day.
const asked = new vm.Script('ask()');
const most_milliseconds = 5000;

// One instance serves many schemas, then goes: it keeps what it compiled.
function instance(dialect) {
  const there = used[dialect];
  if (there && there.left-- > 0) return there.ajv;
  const ajv = makers[dialect]();
  get('ajv-formats').default(ajv, {mode: 'full'});
  used[dialect] = {ajv, left: 200};
  return ajv;
}

function answer(line) {
  const {dialect, schema, documents} = JSON.parse(line);
  let ajv;
  try {
    ajv = instance(dialect);
    delete schema.$schema;
    const validate = ajv.compile(schema);
    globalThis.ask = () => documents.map((document) => (validate(document) ? '1' : '0')).join('');
    return {answers: asked.runInThisContext({timeout: most_milliseconds})};
  } catch (error) {
    delete used[dialect];
    return {refused: String(error && error.message)};
  } finally {
    if (ajv) ajv.removeSchema();
  }
}

require('readline')
  .createInterface({input: process.stdin})
  .on('line', (line) => process.stdout.write(JSON.stringify(answer(line)) + '\n'));
