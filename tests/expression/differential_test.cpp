// Every operator and standard function on random inputs against an independent evaluator, @bufbuild/cel (with what
// differential/peer.cjs adds to it), where ./tools/dev peers has put it. Inputs are expressions of literals, so that
// both read, check and run the same text; they are typed as the operator wants them, and edges are frequent.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdio.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>

#include "bus/expression/machine.h"
#include "bus/expression/parser.h"
#include "bus/expression/times.h"
#include "tests/expression/conformance_case.h"

namespace simpul::cel {
namespace {

namespace fs = std::filesystem;

// What is made of what. In `form`, $b is a bool, $i an int, $u a uint, $d a double, $s a string, $y bytes, $t a
// timestamp, $T one that is written, $w a text of a number, $p a duration, $L a list of ints, $S a list of strings, $M
// a map from strings to ints, $n a small int.
struct Recipe {
  char makes;
  std::string_view form;
};

constexpr Recipe recipes[] = {
    // operators
    {'b', "!$b"},
    {'b', "$b && $b"},
    {'b', "$b || $b"},
    {'b', "$b == $b"},
    {'b', "$b != $b"},
    {'b', "$b < $b"},
    {'b', "$i == $i"},
    {'b', "$i < $i"},
    {'b', "$i >= $i"},
    {'b', "$u == $u"},
    {'b', "$u <= $u"},
    {'b', "$u > $u"},
    {'b', "$d == $d"},
    {'b', "$d < $d"},
    {'b', "$d >= $d"},
    {'b', "$s == $s"},
    {'b', "$s < $s"},
    {'b', "$s >= $s"},
    {'b', "$y == $y"},
    {'b', "$y < $y"},
    {'b', "$y >= $y"},
    {'b', "$t == $t"},
    {'b', "$t < $t"},
    {'b', "$p == $p"},
    {'b', "$p <= $p"},
    {'b', "$L == $L"},
    {'b', "$M == $M"},
    {'b', "$S != $S"},
    {'b', "dyn($i) == $d"},
    {'b', "dyn($u) == $i"},
    {'b', "dyn($u) != $d"},
    {'b', "dyn($i) < $d"},
    {'b', "dyn($u) <= $d"},
    {'b', "dyn($i) > $u"},
    {'b', "dyn($u) >= $i"},
    {'b', "dyn($s) == $i"},
    {'b', "$i in $L"},
    {'b', "$s in $S"},
    {'b', "$s in $M"},
    {'b', "dyn(double($n)) in $L"},
    {'i', "$i + $i"},
    {'i', "$i - $i"},
    {'i', "$i * $i"},
    {'i', "$i / $i"},
    {'i', "$i % $i"},
    {'i', "-($i)"},
    {'u', "$u + $u"},
    {'u', "$u - $u"},
    {'u', "$u * $u"},
    {'u', "$u / $u"},
    {'u', "$u % $u"},
    {'d', "$d + $d"},
    {'d', "$d - $d"},
    {'d', "$d * $d"},
    {'d', "$d / $d"},
    {'d', "-($d)"},
    {'s', "$s + $s"},
    {'y', "$y + $y"},
    {'L', "$L + $L"},
    {'S', "$S + $S"},
    {'t', "$t + $p"},
    {'t', "$p + $t"},
    {'t', "$t - $p"},
    {'p', "$t - $t"},
    {'p', "$p + $p"},
    {'p', "$p - $p"},
    {'i', "$b ? $i : $i"},
    {'s', "$b ? $s : $s"},
    {'i', "$L[$n]"},
    {'s', "$S[$n]"},
    {'i', "$M[$s]"},
    {'i', "$M.a"},
    {'b', "has($M.a)"},
    {'b', "$L[$n] > 0 || $b"},
    {'b', "$L[$n] > 0 && $b"},
    // conversions
    {'i', "int($u)"},
    {'i', "int($d)"},
    {'i', "int(string($i))"},
    {'i', "int($w)"},
    {'i', "int($T)"},
    {'i', "int($i)"},
    {'u', "uint($i)"},
    {'u', "uint($d)"},
    {'u', "uint(string($u))"},
    {'u', "uint($w)"},
    {'d', "double($i)"},
    {'d', "double($u)"},
    {'d', "double($w)"},
    {'d', "double(string($d))"},
    {'s', "string($i)"},
    {'s', "string($u)"},
    {'s', "string($b)"},
    {'s', "string($y)"},
    {'s', "string($t)"},
    {'s', "string($p)"},
    {'y', "bytes($s)"},
    {'b', "bool(string($b))"},
    {'b', "bool($s)"},
    {'t', "timestamp(string($t))"},
    {'p', "duration(string($p))"},
    {'b', "type($i) == int"},
    {'b', "type(dyn($d)) == type($i)"},
    // sizes, texts
    {'i', "size($s)"},
    {'i', "$y.size()"},
    {'i', "size($L)"},
    {'i', "$M.size()"},
    {'b', "$s.contains($s)"},
    {'b', "$s.startsWith($s)"},
    {'b', "$s.endsWith($s)"},
    {'b', "$s.matches('^[a-c]+')"},
    {'b', "$s.matches('é|b{2}')"},
    {'s', "$s.charAt($n)"},
    {'i', "$s.indexOf($s)"},
    {'i', "$s.indexOf($s, $n)"},
    {'i', "$s.lastIndexOf($s)"},
    {'i', "$s.lastIndexOf($s, $n)"},
    {'s', "$s.lowerAscii()"},
    {'s', "$s.upperAscii()"},
    {'s', "$s.replace('b', $s)"},
    {'s', "$s.replace('a', $s, 2)"},
    {'S', "$s.split($s)"},
    {'S', "$s.split(',', -1)"},
    {'s', "$s.substring($n)"},
    {'s', "$s.substring($n, $n)"},
    {'s', "$s.trim()"},
    {'s', "$S.join()"},
    {'s', "$S.join($s)"},
    {'s', "strings.quote($s)"},
    {'s', "'%s|%d|%s'.format([$s, $i, $b])"},
    {'s', "'%x %o %b'.format([$n, $u, $i])"},
    {'s', "'%.2f %.1f'.format([double($n) / 4.0, double($n)])"},
    {'s', "'%s %X'.format([$L, $s])"},
    // macros
    {'b', "$L.all(x, x > $i)"},
    {'b', "$L.exists(x, x == $i)"},
    {'b', "$L.exists_one(x, x == $i)"},
    {'b', "$L.all(x, $n / x >= 0)"},
    {'b', "$L.exists(x, $n / x > 0)"},
    {'b', "$L.exists_one(x, 4 % x == 0)"},
    {'L', "$L.map(x, x % 7)"},
    {'L', "$L.map(x, x > 0, x / 2)"},
    {'L', "$L.filter(x, x != $i)"},
    {'S', "$S.map(x, x + $s)"},
    {'S', "$S.filter(x, x.contains($s))"},
    {'b', "$M.all(k, k != $s)"},
    {'b', "$M.exists(k, k == $s)"},
    // times
    {'i', "$T.getFullYear()"},
    {'i', "$T.getMonth()"},
    {'i', "$T.getDate()"},
    {'i', "$T.getDayOfMonth()"},
    {'i', "$T.getDayOfWeek()"},
    {'i', "$T.getDayOfYear()"},
    {'i', "$T.getHours()"},
    {'i', "$T.getMinutes()"},
    {'i', "$T.getSeconds()"},
    {'i', "$T.getMilliseconds()"},
    {'i', "$T.getHours('Asia/Jakarta')"},
    {'i', "$T.getDate('+07:00')"},
    {'i', "$T.getDayOfYear('-09:30')"},
    {'i', "$p.getHours()"},
    {'i', "$p.getMinutes()"},
    {'i', "$p.getSeconds()"},
    {'i', "$p.getMilliseconds()"},
    // extensions
    {'i', "math.greatest($i, $i)"},
    {'i', "math.least($i, $i, $i)"},
    {'d', "math.greatest($d, $d)"},
    {'u', "math.least($u, $u)"},
    {'i', "math.abs($i)"},
    {'d', "math.abs($d)"},
    {'i', "math.sign($i)"},
    {'d', "math.sign($d)"},
    {'d', "math.ceil($d)"},
    {'d', "math.floor($d)"},
    {'d', "math.round($d)"},
    {'d', "math.trunc($d)"},
    {'b', "math.isNaN($d)"},
    {'b', "math.isInf($d)"},
    {'b', "math.isFinite($d)"},
    {'i', "math.bitAnd($i, $i)"},
    {'i', "math.bitOr($i, $i)"},
    {'i', "math.bitXor($i, $i)"},
    {'i', "math.bitNot($i)"},
    {'u', "math.bitXor($u, $u)"},
    {'u', "math.bitNot($u)"},
    {'i', "math.bitShiftLeft($i, $n)"},
    {'i', "math.bitShiftRight($i, $n)"},
    {'u', "math.bitShiftLeft($u, $n)"},
    {'u', "math.bitShiftRight($u, $n)"},
    {'s', "base64.encode($y)"},
    {'y', "base64.decode(base64.encode($y))"},
    {'y', "base64.decode($s)"},
};

class Inputs {
 public:
  explicit Inputs(unsigned seed) : engine_(seed) {}

  std::string fill(std::string_view form, unsigned depth) {
    std::string out;
    for (std::size_t i = 0; i < form.size(); ++i) {
      if (form[i] != '$') {
        out += form[i];
        continue;
      }
      out += operand(form[++i], depth);
    }
    return out;
  }

 private:
  std::size_t below(std::size_t limit) { return engine_() % limit; }
  template <std::size_t N>
  std::string one_of(const char* const (&choices)[N]) {
    return choices[below(N)];
  }

  std::string operand(char kind, unsigned depth) {
    if (depth > 0 && below(2) == 0) {
      for (unsigned tries = 0; tries < 400; ++tries) {
        const auto& recipe = recipes[below(std::size(recipes))];
        if (recipe.makes == kind) return "(" + fill(recipe.form, depth - 1) + ")";
      }
    }
    return literal(kind);
  }

  std::string literal(char kind) {
    switch (kind) {
      case 'b':
        return one_of({"true", "false"});
      case 'n':
        return std::to_string(static_cast<int>(below(8)) - 2);
      case 'i':
        if (below(3) == 0) return std::to_string(static_cast<std::int64_t>(engine_()) - (1LL << 31));
        return one_of({"0", "1", "-1", "2", "-7", "63", "64", "1000000007", "9007199254740993", "-9007199254740993",
                       "9223372036854775807", "(-9223372036854775808)", "253402300799", "-62135596800"});
      case 'u':
        if (below(3) == 0) return std::to_string(engine_()) + "u";
        return one_of({"0u", "1u", "2u", "7u", "9007199254740993u", "9223372036854775807u", "9223372036854775808u",
                       "18446744073709551615u"});
      case 'd':
        if (below(3) == 0) return fmt::format("{:.3f}", (static_cast<double>(engine_()) - 2147483648.0) / 1024);
        return one_of({"0.0",
                       "-0.0",
                       "1.0",
                       "-1.0",
                       "0.1",
                       "2.5",
                       "-2.5",
                       "0.5",
                       "0.49999999999999994",
                       "1e300",
                       "-1e300",
                       "5e-324",
                       "9007199254740993.0",
                       "9223372036854775807.0",
                       "18446744073709551615.0",
                       "1e21",
                       "(0.0 / 0.0)",
                       "(1.0 / 0.0)",
                       "(-1.0 / 0.0)",
                       "123456789.125"});
      case 's':  // no characters beyond U+FFFF: the peer counts units of UTF-16
        return one_of({"''", "'a'", "'b'", "'abc'", "'aBc'", "'bb'", "' a '", "'é'", "'aéb'", "'a,b,,c'", "','", "'12'",
                       "'-7'", "'1e3'", "'0x1F'", "'true'", "'1.50'", "'\\n\\t\"q\"'", "'\\u00a0x\\u2003'"});
      case 'y':
        return one_of({"b''", "b'a'", "b'abc'", "b'\\xff'", "b'\\x01\\x7f'", "b'é'", "b'\\xf0\\x9f'", "b'b'"});
      case 'w':
        return one_of({"'12'", "'-7'", "'0'", "'9223372036854775807'", "'007'", "'18446744073709551615'"});
      case 'T':
      case 't':
        return "timestamp('" +
               one_of({"1970-01-01T00:00:00Z", "2026-03-05T07:30:00.101+07:00", "0001-01-02T00:00:00Z",
                       "9999-12-31T23:59:59.103Z", "2024-02-29T23:59:59Z", "1969-12-31T23:59:59Z",
                       "2000-12-31T17:30:15.123456Z", "1900-03-01T00:00:00-09:30"}) +
               "')";
      case 'p':
        return "duration('" +
               one_of({"0s", "1s", "-1s", "1.002s", "-0.004s", "1h30m", "-90m", "202ms", "86400s", "1us", "8760h",
                       "3.104s"}) +
               "')";
      case 'L':
        return one_of({"[]", "[1]", "[0, 1, 2]", "[-1, 7, -1]", "[2, 4, 0, 8]", "[9223372036854775807]"});
      case 'S':
        return one_of({"['a']", "['a', 'b', 'a']", "['é', '', 'x,y']", "[' a ', 'bb']"});
      default:
        return one_of({"{'a': 1}", "{'a': 1, 'b': 2}", "{'b': 0, '': -1}", "{'é': 7, 'a': 7}"});
    }
  }

  std::mt19937 engine_;
};

struct Ours {
  std::string refused;  // by the parser or the checker
  Cell value = Cell::null();
};

// One evaluation of ours; its value lives as long as this.
class Evaluation {
 public:
  Ours run(const std::string& source, bool typed) {
    const auto tree = parse(source);
    if (!tree) return {tree.error().message, Cell::null()};
    Declarations declarations;
    declarations.as_cel_go = true;
    declarations.types = typed;
    program_.source = source;
    const auto outcome = check(*tree, declarations, Expect::any, program_);
    if (!outcome.faults.empty()) return {outcome.faults.front().message, Cell::null()};
    optimise(program_, Slots::cells);
    machine_.emplace(program_, std::span<const Cell>(), arena_);
    return {{}, machine_->run(program_.root)};
  }

 private:
  Program program_;
  json::Arena arena_;
  std::optional<Machine> machine_;
};

// The peer's answers, one for each expression; fewer when it failed.
std::vector<json::Document> ask_peer(const std::string& packages, const std::vector<std::string>& expressions) {
  const auto file = fs::temp_directory_path() / fmt::format("simpul-cel-{}.txt", ::getpid());
  {
    std::ofstream out(file);
    std::string line;
    for (const auto& expression : expressions) {
      line.clear();
      json::write_string(expression, line);
      out << line << "\n";
    }
  }
  const std::string script = std::string(SIMPUL_SOURCE_DIR) + "/tests/expression/differential/peer.cjs";
  const std::string command = fmt::format("node '{}' '{}' '{}'", script, packages, file.string());
  std::vector<json::Document> answers;
  if (FILE* pipe = ::popen(command.c_str(), "r")) {
    std::string text;
    char buffer[65536];
    for (std::size_t count = 0; (count = ::fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, count);
    ::pclose(pipe);
    for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != text.npos; at = end + 1) {
      auto answer = json::parse(text.substr(at, end - at));
      if (!answer) {
        ADD_FAILURE() << "the peer's answer is no JSON: " << text.substr(at, end - at) << "\n  to "
                      << expressions[answers.size()];
        break;
      }
      answers.push_back(std::move(*answer));
    }
  }
  fs::remove(file);
  return answers;
}

// What they gave, as a cell; none for an error.
std::optional<Cell> theirs(const json::Value& answer, ProtoValues& values) {
  if (answer.find("error") != nullptr) return std::nullopt;
  const auto name = answer.text_of("time");
  if (name.empty()) return values.cell(answer);
  const auto seconds = std::stoll(std::string(answer.text_of("seconds")));
  const auto nanoseconds = answer.find("nanos")->as_integer().value_or(0);
  return name.ends_with("Timestamp") ? timestamp_of(seconds, nanoseconds) : duration_of(seconds, nanoseconds);
}

// 1.500s, where cel-go writes 1.5s.
bool writes_zeros(std::string_view text) {
  return text.find('.') != text.npos && (text.ends_with("0s") || text.ends_with("0Z"));
}

// Where the peer is not what the specification says.
bool is_known(const std::string& expression, const json::Value& answer) {
  const auto error = answer.text_of("error");
  const auto has = [](std::string_view text, std::string_view part) { return text.find(part) != text.npos; };
  return has(error, "overflow during divide by 1") ||  // large uints, which it takes for ints
         has(error, "duration out of range") ||        // beyond 292 years: those of a Go duration, not of protobuf's
         has(error, "out of bounds [0,") ||            // indexOf from the end: cel-go answers -1
         answer.find("unknown") != nullptr ||          // half a character beyond U+FFFF
         writes_zeros(answer.text_of("stringValue")) ||
         (has(expression, "0001-01-02") && has(expression, "get"));  // JavaScript's years before 100
}

TEST(Differential, OperatorsAndFunctionsAgreeWithAnIndependentEvaluator) {
  const std::string packages = std::string(SIMPUL_SOURCE_DIR) + "/build/peers/node_modules";
  std::error_code failed;
  if (!fs::exists(packages + "/@bufbuild/cel/package.json", failed))
    GTEST_SKIP() << "not compared with @bufbuild/cel: it is not below " << packages
                 << ": ./tools/dev peers installs it";
  std::vector<std::string> expressions;
  Inputs inputs(20261122);
  for (const auto& recipe : recipes) {
    for (unsigned i = 0; i < 40; ++i) expressions.push_back(inputs.fill(recipe.form, i % 3));
  }
  const auto answers = ask_peer(packages, expressions);
  ASSERT_EQ(answers.size(), expressions.size()) << "the peer did not answer them all";
  std::size_t values_compared = 0, findings = 0;
  for (std::size_t i = 0; i < expressions.size() && findings < 30; ++i) {
    Evaluation evaluation;
    const auto ours = evaluation.run(expressions[i], true);
    const bool error = !ours.refused.empty() || ours.value.is_error();
    ProtoValues values;
    const auto wanted = theirs(answers[i].root(), values);
    if (!error && wanted) ++values_compared;
    const bool agree = error ? !wanted : wanted && same(*wanted, ours.value);
    if (agree || is_known(expressions[i], answers[i].root())) continue;
    ++findings;
    ADD_FAILURE() << expressions[i] << "\n  ours:   " << (ours.refused.empty() ? to_text(ours.value) : ours.refused)
                  << "\n  theirs: " << json::write(answers[i].root());
  }
  EXPECT_GT(values_compared, expressions.size() / 5) << "too few of them have a value";
  std::cout << "compared with @bufbuild/cel: " << expressions.size() << " expressions, " << values_compared
            << " of them with a value\n";
}

// Types decide how an expression runs, never what it gives.
TEST(Differential, WhatIsTypedGivesWhatTheUntypedGives) {
  Inputs inputs(4);
  std::size_t values = 0;
  for (const auto& recipe : recipes) {
    for (unsigned i = 0; i < 60; ++i) {
      const auto source = inputs.fill(recipe.form, i % 4);
      Evaluation one, other;
      const auto typed = one.run(source, true);
      if (!typed.refused.empty()) continue;
      const auto untyped = other.run(source, false);
      ++values;
      const bool agree = typed.value.is_error() ? untyped.value.is_error() : same(typed.value, untyped.value);
      EXPECT_TRUE(agree) << source << "\n  typed:   " << to_text(typed.value)
                         << "\n  untyped: " << to_text(untyped.value) << untyped.refused;
    }
  }
  EXPECT_GT(values, std::size(recipes) * 50);
}

}  // namespace
}  // namespace simpul::cel
