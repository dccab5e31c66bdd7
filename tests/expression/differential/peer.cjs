// An independent evaluator of CEL, @bufbuild/cel: node peer.cjs <node_modules> <file>. The file has one expression a
// line, as JSON strings; the answers go out one a line: a cel.expr.Value in protobuf's JSON, or {"error": words}. What
// the package lacks of cel-go's math, list and encoder extensions is written down here, after their documentation.
"use strict";
const fs = require("fs");
const path = require("path");
const { createRequire } = require("module");

const [packages, file] = process.argv.slice(2);
const load = createRequire(path.join(path.resolve(packages), "peer.cjs"));
const cel = load("@bufbuild/cel");
const { strings } = load("@bufbuild/cel/ext");
const { INT, UINT, DOUBLE, BOOL, STRING, BYTES, DYN } = cel.CelScalar;
const LIST = cel.listType(DYN);

// ---- math ----

const raw = (value) => (cel.isCelUint(value) ? value.value : value);
const same = (type, value) => (type === UINT ? cel.celUint(value) : value);
const fail = (words) => {
  throw new Error(words);
};

function extreme(greatest) {
  return (...values) => {
    if (values.length === 0) fail("empty");
    if (values.some((value) => !["bigint", "number"].includes(typeof raw(value)))) fail("no such overload");
    return values.reduce((best, value) => {
      const better = greatest ? raw(value) > raw(best) : raw(value) < raw(best);
      return better ? value : best;
    });
  };
}

function math() {
  const made = [];
  const one = (name, type, result, run) => made.push(cel.celFunc("math." + name, [type], result, run));
  const two = (name, a, b, result, run) => made.push(cel.celFunc("math." + name, [a, b], result, run));
  for (const [name, greatest] of [["greatest", true], ["least", false]]) {
    const run = extreme(greatest);
    for (let count = 1; count < 5; ++count) made.push(cel.celFunc("math." + name, Array(count).fill(DYN), DYN, run));
    made.push(cel.celFunc("math." + name, [LIST], DYN, (list) => run(...list)));
  }
  one("abs", INT, INT, (x) => (x === -(2n ** 63n) ? fail("overflow") : x < 0n ? -x : x));
  one("abs", UINT, UINT, (x) => x);
  one("abs", DOUBLE, DOUBLE, Math.abs);
  one("sign", INT, INT, (x) => (x > 0n ? 1n : x < 0n ? -1n : 0n));
  one("sign", UINT, UINT, (x) => cel.celUint(x.value > 0n ? 1n : 0n));
  one("sign", DOUBLE, DOUBLE, (x) => (Number.isNaN(x) ? x : x > 0 ? 1 : x < 0 ? -1 : 0));
  one("ceil", DOUBLE, DOUBLE, Math.ceil);
  one("floor", DOUBLE, DOUBLE, Math.floor);
  one("trunc", DOUBLE, DOUBLE, Math.trunc);
  one("round", DOUBLE, DOUBLE, (x) => {
    const low = Math.trunc(x);
    return Math.abs(x - low) >= 0.5 ? low + Math.sign(x) : low;
  });
  one("isNaN", DOUBLE, BOOL, Number.isNaN);
  one("isInf", DOUBLE, BOOL, (x) => x === Infinity || x === -Infinity);
  one("isFinite", DOUBLE, BOOL, Number.isFinite);
  for (const type of [INT, UINT]) {
    const bits = (value) => (type === UINT ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value));
    const op = (run) => (a, b) => same(type, bits(run(raw(a), raw(b))));
    two("bitAnd", type, type, type, op((a, b) => a & b));
    two("bitOr", type, type, type, op((a, b) => a | b));
    two("bitXor", type, type, type, op((a, b) => a ^ b));
    one("bitNot", type, type, op((a) => ~a));
    const shift = (run) => (a, by) => {
      if (by < 0n) fail("negative offset");
      return same(type, by > 63n ? 0n : bits(run(BigInt.asUintN(64, raw(a)), by)));
    };
    two("bitShiftLeft", type, INT, type, shift((a, by) => a << by));
    two("bitShiftRight", type, INT, type, shift((a, by) => a >> by));
  }
  return made;
}

// ---- encoders ----

function encoders() {
  return [
    cel.celFunc("base64.encode", [BYTES], STRING, (bytes) => Buffer.from(bytes).toString("base64")),
    cel.celFunc("base64.decode", [STRING], BYTES, (text) => {
      const plain = text.replace(/=+$/, "");
      if (!/^[A-Za-z0-9+/]*$/.test(plain) || plain.length % 4 === 1) fail("illegal base64");
      const bytes = Buffer.from(plain, "base64");
      if (bytes.toString("base64").replace(/=+$/, "") !== plain) fail("bits left over");
      return new Uint8Array(bytes);
    }),
  ];
}

// ---- answers ----

function value_of(value) {
  if (value === null) return { nullValue: null };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "bigint") return { int64Value: value.toString() };
  if (typeof value === "string") return /\p{Surrogate}/u.test(value) ? { unknown: "" } : { stringValue: value };
  if (typeof value === "number") {
    if (!Number.isFinite(value)) return { doubleValue: Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity" };
    return { doubleValue: Object.is(value, -0) ? "-0" : value };
  }
  if (cel.isCelUint(value)) return { uint64Value: value.value.toString() };
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString("base64") };
  if (cel.isCelType(value)) return { typeValue: value.name };
  if (cel.isCelList(value)) return { listValue: { values: [...value].map(value_of) } };
  if (cel.isCelMap(value)) {
    const entries = [...value].map(([key, inner]) => ({ key: value_of(key), value: value_of(inner) }));
    return { mapValue: { entries } };
  }
  const message = value.message || value;
  if (message && typeof message.seconds === "bigint") {
    const name = message.$typeName;
    return { time: name, seconds: message.seconds.toString(), nanos: message.nanos };
  }
  return { unknown: String(value) };
}

const options = { funcs: [...strings, ...math(), ...encoders()] };
for (const line of fs.readFileSync(file, "utf8").split("\n")) {
  if (line === "") continue;
  let answer;
  try {
    const value = cel.run(JSON.parse(line), {}, options);
    answer = cel.isCelError(value) ? { error: String(value.message) } : value_of(value);
  } catch (error) {
    answer = { error: String(error.message) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
