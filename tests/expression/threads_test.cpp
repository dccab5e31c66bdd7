// One expression, evaluated by many threads at once: each must get what one thread alone gets. Under ThreadSanitizer
// (tools/dev sanitize thread) this says that nothing is written behind evaluate() but guesses, atomically.
#include <gtest/gtest.h>

#include <latch>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bus/expression/expression.h"
#include "tests/expression/types_of_a_schema.h"

namespace simpul {
namespace {

// The same fields at other places, so that a guess where a field stands is right for one and wrong for the other.
constexpr const char* turned_data = R"({
  "no-kk": "3671010101209009", "lain": {"x": 2.0}, "label": [], "anggota": [{"stat_hbkel": 1, "nik": "3671015207909009"}],
  "alamat": {"rt": "009", "jalan": "Jl. Kenanga 9"}, "telepon": "021", "aktif": false, "luas": 9, "umur": 9, "status": 3,
  "jenis_kelamin": "1", "nama": "BUDI", "email": "budi@example.id", "nik": "3671015207909009"})";

std::string answer(const Expression& expression, const json::Value& data) {
  json::Arena arena;
  const json::Value* slots[] = {&data, &data};
  const auto value = expression.evaluate(slots, arena);
  if (!value) return "error: " + value.error().code;
  return value->absent ? "absent" : json::write(value->value);
}

std::vector<std::string> answers(const std::vector<std::shared_ptr<const Expression>>& expressions,
                                 const std::vector<json::Document>& documents) {
  std::vector<std::string> found;
  for (const auto& expression : expressions)
    for (const auto& document : documents) found.push_back(answer(*expression, document.root()));
  return found;
}

TEST(ExpressionThreads, EvaluateOneExpressionAtOnce) {
  const std::map<std::string, CodeTable> tables = {{"jk", {"jk", {{"1", "L"}, {"2", "P"}}, std::nullopt}}};
  Scope scope;
  scope.variables = {{"data", move_schema(), std::nullopt}, {"any", nullptr, std::nullopt}};
  scope.tables = &tables;
  std::vector<std::shared_ptr<const Expression>> expressions;
  for (const char* text :
       {"data.nik + data.nama + string(data.umur) + data.alamat.jalan",
        "any.anggota.map(a, a.nik + string(a.stat_hbkel))", "data.?email", "lookup(\"jk\", data.jenis_kelamin)",
        "data.nama.matches('^[A-Z]+$') || data.label.exists(l, l == 'baru')", "any.telepon.startsWith('0')",
        "data.anggota.filter(a, a.stat_hbkel == 1 && has(a.email)).size()",
        "{'luas': data.luas * 2.0, 'lain': data.lain, 'alamat': any.alamat.rt}"}) {
    const auto compiled = compile_expression(text, scope, Expect::any, {}, "map.a");
    ASSERT_TRUE(compiled) << text << ": " << to_text(compiled.error());
    expressions.push_back(*compiled);
  }
  std::vector<json::Document> documents;
  for (const char* text : {move_data, turned_data}) {
    auto document = json::parse(text);
    ASSERT_TRUE(document);
    documents.push_back(std::move(*document));
  }
  const auto alone = answers(expressions, documents);

  constexpr std::size_t count = 4;
  std::vector<std::vector<std::string>> together(count);
  std::latch ready(count);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      ready.arrive_and_wait();
      for (int round = 0; round < 200; ++round) {
        together[i] = answers(expressions, documents);
        if (together[i] != alone) return;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& found : together) EXPECT_EQ(found, alone);
}

}  // namespace
}  // namespace simpul
