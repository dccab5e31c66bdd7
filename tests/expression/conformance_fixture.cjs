// The suites of cel-spec as one line of JSON: node conformance_fixture.cjs <node_modules> <section>. Sections are those
// of the conformance suite, and parsing, checking and comprehension. What JSON would lose is written as text: -0 and
// integers beyond 2^53. Names are made unique: "suite/test", the second one "suite/test (2)".
"use strict";
const path = require("path");

const [packages, section] = process.argv.slice(2);
const data = path.join(path.resolve(packages), "@bufbuild/cel-spec/dist/cjs/testdata");
const alone = ["parsing", "checking", "comprehension"];

function tests_of(section) {
  if (alone.includes(section)) return require(path.join(data, section + ".js")).tests;
  const all = require(path.join(data, "conformance.js")).tests;
  if (section === "--sections") return { sections: all.suites.map((suite) => suite.name).concat(alone) };
  return all.suites.find((suite) => suite.name === section) || { tests: [] };
}

const names = new Map();
function unique(name) {
  const count = (names.get(name) || 0) + 1;
  names.set(name, count);
  return count === 1 ? name : `${name} (${count})`;
}

function collect(suite, prefix, into) {
  for (const test of suite.tests || []) {
    const own = test.original.name || test.original.expr.replace(/\s+/g, " ").trim();
    into.push({ ...test, name: unique(prefix + own) });
  }
  for (const inner of suite.suites || []) collect(inner, prefix + inner.name + "/", into);
  return into;
}

// The package has no results for the tests of cel-go's ext/comprehensions_test.go; there, in this order, stand what is
// true, what is an error of the check or of the evaluation, and what is only parsed (the 77th is an error only where
// there is no upperAscii). Its variable m is ours.
function with_results(tests) {
  const text = (value) => ({ stringValue: value });
  const number = (value) => ({ int64Value: String(value) });
  const list = (...values) => ({ listValue: { values } });
  const map = (...entries) => ({ mapValue: { entries: entries.map(([key, value]) => ({ key, value })) } });
  const m = {
    38: list(number(1), number(2), number(3)),
    39: map([number(1), number(2)]),
    48: map([text("legacy-solo"), list(number(1))], [text("legacy-pair"), list(number(1), number(2))]),
    50: map([text("a"), text("b")]),
  };
  tests.forEach((test, i) => {
    if (i > 80 || i === 76) test.parse_only = true;
    else if (i > 50 && i < 78) test.original.evalError = {};
    if (m[i]) test.original.bindings = { m: { value: m[i] } };
  });
  return tests;
}

const suite = tests_of(section);
let answer = suite.sections || collect(suite, "", []);
if (section === "comprehension") answer = with_results(answer);
process.stdout.write(
  JSON.stringify(answer, (_, value) =>
    Object.is(value, -0) ? "-0" : typeof value === "bigint" ? value.toString() : value,
  ) + "\n",
);
