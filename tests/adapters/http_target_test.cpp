// The webhook target against an application that answers as it is told.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/http/signature.h"
#include "tests/adapters/http_support.h"

namespace simpul::http_test {
namespace {

AdapterContext context(const std::string& folder = {}) {
  AdapterContext out;
  out.environment = system_environment();
  out.app = "spmb";
  out.name = "spmb";
  out.folder = folder;
  return out;
}

struct Outcome {
  std::mutex mutex;
  std::vector<Settlement> settlements;
  std::size_t count() {
    std::lock_guard lock(mutex);
    return settlements.size();
  }
};

Delivery delivery(const std::shared_ptr<Outcome>& outcome, const std::string& into = {},
                  const std::string& key = "urn:uji:siak/e-1/pindah/spmb/0") {
  Delivery out;
  out.app = "spmb";
  out.route = "pindah";
  out.into = into;
  out.idempotency_key = key;
  out.type = "uji.pindah.v1";
  out.event_id = "e 1";
  out.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  out.payload = R"({"nik":"3671015207909001"})";
  out.settle = [outcome](Settlement settlement) {
    std::lock_guard lock(outcome->mutex);
    outcome->settlements.push_back(std::move(settlement));
  };
  return out;
}

Settlement deliver_one(Target& target, const std::string& into = {}) {
  auto outcome = std::make_shared<Outcome>();
  std::vector<Delivery> one;
  one.push_back(delivery(outcome, into));
  target.deliver(std::move(one));
  EXPECT_TRUE(eventually([&] { return outcome->count() == 1; }));
  std::lock_guard lock(outcome->mutex);
  return outcome->settlements.empty() ? Settlement{} : outcome->settlements.front();
}

std::unique_ptr<Target> open(const std::string& yaml, const std::map<std::string, std::string>& secrets = {},
                             std::map<std::string, Condition> conditions = {}) {
  auto with = context();
  with.conditions = std::move(conditions);
  auto target = read_target(yaml, secrets)->open(std::move(with));
  auto started = target->start();
  EXPECT_TRUE(started) << (started ? "" : to_text(started.error()));
  return target;
}

// What one answer of the application makes of a delivery.
Settlement settlement_of(const std::string& answer, const std::string& fields = {},
                         std::map<std::string, Condition> conditions = {}) {
  FakeApp app([&](const AppRequest&) { return answer; });
  auto target = open("url: " + app.url() + "\n" + fields, {}, std::move(conditions));
  auto out = deliver_one(*target);
  target->stop();
  return out;
}

TEST(HttpTarget, APostCarriesThePayloadAndTheIdempotencyKey) {
  FakeApp app([](const AppRequest&) { return app_answer(201, R"({"ok":true})"); });
  auto target = open("url: " + app.url() +
                         "/api/\npaths: { siswa: /siswa, alamat: PUT /siswa/alamat?asal=simpul }\n"
                         "headers: { X-Instansi: disdukcapil }\nbearer: ${file:kunci}",
                     {{"kunci", "rahasia-1"}});
  auto settled = deliver_one(*target, "siswa");
  EXPECT_EQ(settled.kind, Settlement::delivered);
  EXPECT_EQ(settled.answer, R"({"ok":true})");
  deliver_one(*target, "alamat");
  target->stop();
  auto requests = app.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_EQ(requests[0].target, "/api/siswa");
  EXPECT_EQ(requests[0].body, R"({"nik":"3671015207909001"})");
  auto& headers = requests[0].headers;
  EXPECT_EQ(headers["content-type"], "application/json");
  EXPECT_EQ(headers["idempotency-key"], "urn:uji:siak/e-1/pindah/spmb/0");
  EXPECT_EQ(headers["authorization"], "Bearer rahasia-1");
  EXPECT_EQ(headers["x-instansi"], "disdukcapil");
  EXPECT_EQ(headers["ce-id"], "e%201");
  EXPECT_EQ(headers["ce-type"], "uji.pindah.v1");
  EXPECT_EQ(headers["traceparent"], "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  EXPECT_FALSE(headers.contains("webhook-signature"));
  EXPECT_FALSE(headers.contains("expect"));
  EXPECT_EQ(requests[1].method, "PUT");
  EXPECT_EQ(requests[1].target, "/api/siswa/alamat?asal=simpul");
  EXPECT_EQ(app.connections(), 1) << "the connection was not used again";
}

TEST(HttpTarget, ASignedPostCanBeVerified) {
  FakeApp app([](const AppRequest&) { return app_answer(204); });
  auto target =
      open("url: " + app.url() + "\nsign: ${file:hmac}", {{"hmac", "whsec_c2ltcHVsLXRhbmdlcmFuZy1saXZlLTAx"}});
  EXPECT_EQ(deliver_one(*target).kind, Settlement::delivered);
  target->stop();
  auto requests = app.requests();
  ASSERT_EQ(requests.size(), 1u);
  auto& headers = requests[0].headers;
  EXPECT_EQ(headers["webhook-id"], headers["idempotency-key"]);
  http::SignatureHeaders signature{headers["webhook-id"], headers["webhook-timestamp"], headers["webhook-signature"]};
  auto now = system_environment().clock->wall();
  EXPECT_TRUE(http::verify("simpul-tangerang-live-01", signature, requests[0].body, now, std::chrono::minutes(5)));
  EXPECT_FALSE(http::verify("simpul-tangerang-live-02", signature, requests[0].body, now, std::chrono::minutes(5)));
}

TEST(HttpTarget, TheStatusDecides) {
  for (int status : {200, 201, 204, 299})
    EXPECT_EQ(settlement_of(app_answer(status)).kind, Settlement::delivered) << status;
  for (int status : {400, 401, 403, 404, 410, 413, 422}) {
    auto settled = settlement_of(app_answer(status));
    EXPECT_EQ(settled.kind, Settlement::park) << status;
    EXPECT_NE(settled.reason.find(std::to_string(status)), std::string::npos) << settled.reason;
    EXPECT_FALSE(settled.unreachable);
  }
  for (int status : {408, 409, 425, 429, 500, 502, 503, 504}) {
    auto settled = settlement_of(app_answer(status));
    EXPECT_EQ(settled.kind, Settlement::retry) << status;
    EXPECT_FALSE(settled.unreachable) << status;
  }
}

TEST(HttpTarget, TheAppsWishForLaterIsHeard) {
  auto settled = settlement_of(app_answer(503, "", "Retry-After: 7\r\n"));
  EXPECT_EQ(settled.kind, Settlement::retry);
  EXPECT_EQ(settled.retry_after, std::chrono::seconds(7));
}

TEST(HttpTarget, ARedirectIsNotFollowed) {
  FakeApp elsewhere([](const AppRequest&) { return app_answer(200); });
  auto settled = settlement_of(app_answer(302, "", "Location: " + elsewhere.url() + "/\r\n"));
  EXPECT_EQ(settled.kind, Settlement::retry);
  EXPECT_NE(settled.reason.find("redirects are not followed"), std::string::npos);
  EXPECT_EQ(elsewhere.connections(), 0);
}

TEST(HttpTarget, TheReasonHoldsTheAppsTitleButNoNumberOfAPerson) {
  auto settled = settlement_of(app_answer(
      422, R"({"title":"NIK 3671015207909001 tidak dikenal","code":"E-17","detail":"Budi, Jalan Mawar 5"})"));
  EXPECT_EQ(settled.kind, Settlement::park);
  EXPECT_EQ(settled.reason, "the application refused it with 422: NIK … tidak dikenal, code E-17");
}

TEST(HttpTarget, AnErrorInsideA200IsNoSuccess) {
  std::map<std::string, Condition> conditions{{"success_when", [](int status, std::string_view body) -> Result<bool> {
                                                 return status == 200 && body == R"({"sukses":true})";
                                               }}};
  auto fields = std::string("success_when: status == 200 && body.sukses == true");
  EXPECT_EQ(settlement_of(app_answer(200, R"({"sukses":true})"), fields, conditions).kind, Settlement::delivered);
  auto settled = settlement_of(app_answer(200, R"({"sukses":false})"), fields, conditions);
  EXPECT_EQ(settled.kind, Settlement::retry);
  EXPECT_EQ(settled.answer, R"({"sukses":false})");
  EXPECT_EQ(settlement_of(app_answer(404), fields, conditions).kind, Settlement::park);
  std::map<std::string, Condition> broken{{"success_when", [](int, std::string_view) -> Result<bool> {
                                             return fail("expression.type", "body has no sukses");
                                           }}};
  auto unknown = settlement_of(app_answer(200, "<html>"), fields, broken);
  EXPECT_EQ(unknown.kind, Settlement::retry);
  EXPECT_NE(unknown.reason.find("body has no sukses"), std::string::npos);
}

TEST(HttpTarget, SuccessWhenCanAcceptAnotherStatus) {
  std::map<std::string, Condition> conditions{
      {"success_when", [](int status, std::string_view) -> Result<bool> { return status == 200 || status == 409; }}};
  EXPECT_EQ(settlement_of(app_answer(409), "success_when: status == 200 || status == 409", conditions).kind,
            Settlement::delivered);
}

TEST(HttpTarget, AnApplicationThatIsDownIsUnreachable) {
  std::string url;
  {
    FakeApp app([](const AppRequest&) { return app_answer(200); });
    url = app.url();
  }
  auto target = open("url: " + url);
  auto settled = deliver_one(*target);
  EXPECT_EQ(settled.kind, Settlement::retry);
  EXPECT_TRUE(settled.unreachable);
  target->stop();
}

TEST(HttpTarget, AConnectionThatBreaksOrNeverAnswersIsUnreachable) {
  auto broken = settlement_of("");
  EXPECT_EQ(broken.kind, Settlement::retry);
  EXPECT_TRUE(broken.unreachable);
  auto half = settlement_of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "timeout_ms: 200");
  EXPECT_EQ(half.kind, Settlement::retry);
  EXPECT_TRUE(half.unreachable);
}

TEST(HttpTarget, AHostThatDoesNotExistIsUnreachable) {
  auto target = open("url: https://tidak-ada.invalid/\ntimeout_ms: 3000");
  auto settled = deliver_one(*target);
  EXPECT_EQ(settled.kind, Settlement::retry);
  EXPECT_TRUE(settled.unreachable);
  target->stop();
}

TEST(HttpTarget, AnEndlessAnswerIsCut) {
  std::string large(100000, 'x');
  auto settled = settlement_of(app_answer(200, large), "answer_limit_bytes: 1024");
  EXPECT_EQ(settled.kind, Settlement::delivered);
  EXPECT_EQ(settled.answer.size(), 1024u);
}

TEST(HttpTarget, AnIntoWithoutAPathIsParked) {
  FakeApp app([](const AppRequest&) { return app_answer(200); });
  auto target = open("url: " + app.url() + "\npaths: { siswa: /siswa }");
  auto settled = deliver_one(*target, "guru");
  EXPECT_EQ(settled.kind, Settlement::park);
  EXPECT_NE(settled.reason.find("guru"), std::string::npos);
  target->stop();
}

TEST(HttpTarget, ManyDeliveriesRunSideBySide) {
  std::atomic<int> inside{0}, most{0};
  FakeApp app([&](const AppRequest&) {
    int now = ++inside;
    for (int before = most; before < now && !most.compare_exchange_weak(before, now);) {
    }
    eventually([&] { return most >= 4; });
    --inside;
    return app_answer(200);
  });
  auto target = open("url: " + app.url() + "\nconcurrency: 4");
  EXPECT_EQ(target->credit(), 4u);
  auto outcome = std::make_shared<Outcome>();
  std::vector<Delivery> four;
  for (int i = 0; i < 4; ++i) four.push_back(delivery(outcome, {}, fmt::format("k-{}", i)));
  target->deliver(std::move(four));
  EXPECT_TRUE(eventually([&] { return outcome->count() == 4; }));
  EXPECT_EQ(most, 4);
  target->stop();
}

TEST(HttpTarget, StopGivesBackWhatIsNotAnswered) {
  std::atomic<bool> go{false};
  FakeApp app([&](const AppRequest&) {
    eventually([&] { return go.load(); });
    return app_answer(200);
  });
  auto target = open("url: " + app.url() + "\ntimeout_ms: 200");
  auto outcome = std::make_shared<Outcome>();
  std::vector<Delivery> one;
  one.push_back(delivery(outcome));
  target->deliver(std::move(one));
  target->stop();
  ASSERT_EQ(outcome->count(), 1u);
  EXPECT_EQ(outcome->settlements[0].kind, Settlement::retry);
  EXPECT_TRUE(outcome->settlements[0].unreachable);
  go = true;
}

TEST(HttpTarget, HttpsIsCheckedAgainstTheGivenAuthority) {
  Folder folder;
  auto right = make_certificate("127.0.0.1"), wrong = make_certificate("lain");
  folder.write("server.crt", right.certificate);
  folder.write("server.key", right.key);
  folder.write("lain.crt", wrong.certificate);
  // The bus's own endpoint plays the application: its 401 is an answer, and an answer is enough here.
  Served served("certificate_file: server.crt\nkey_file: server.key", {}, folder.path.string());
  auto answer_with = [&](const std::string& ca) {
    auto with = context(folder.path.string());
    auto target = read_target("url: https://" + served.address() + "/v1/events\nca_file: " + ca)->open(std::move(with));
    EXPECT_TRUE(target->start());
    auto settled = deliver_one(*target);
    target->stop();
    return settled;
  };
  auto trusted = answer_with("server.crt");
  EXPECT_EQ(trusted.kind, Settlement::park);
  EXPECT_NE(trusted.reason.find("401"), std::string::npos) << trusted.reason;
  auto untrusted = answer_with("lain.crt");
  EXPECT_EQ(untrusted.kind, Settlement::retry);
  EXPECT_TRUE(untrusted.unreachable);
}

// ---- lookups ----

Answer ask_one(Target& target, const std::string& into, milliseconds timeout = milliseconds(5000)) {
  struct Waiting {
    std::mutex mutex;
    std::optional<Answer> answer;
  };
  auto waiting = std::make_shared<Waiting>();
  Question question;
  question.lookup = "penduduk";
  question.asker = "spmb";
  question.into = into;
  question.parameters = R"({"nik":"3671015207909001","nama":"Siti & Budi"})";
  question.timeout = timeout;
  target.ask(std::move(question), [waiting](Answer answer) {
    std::lock_guard lock(waiting->mutex);
    waiting->answer = std::move(answer);
  });
  EXPECT_TRUE(eventually([&] {
    std::lock_guard lock(waiting->mutex);
    return waiting->answer.has_value();
  }));
  std::lock_guard lock(waiting->mutex);
  return waiting->answer.value_or(Answer{});
}

TEST(HttpTarget, ALookupIsPostedOrAskedByQuery) {
  FakeApp app([](const AppRequest&) { return app_answer(200, R"({"NAMA_LGKP":"SITI"})"); });
  auto target = open("url: " + app.url() + "\npaths: { penduduk: /cari, nik: GET /nik }");
  auto posted = ask_one(*target, "penduduk");
  EXPECT_EQ(posted.kind, Answer::found);
  EXPECT_EQ(posted.body, R"({"NAMA_LGKP":"SITI"})");
  EXPECT_EQ(ask_one(*target, "nik").kind, Answer::found);
  target->stop();
  auto requests = app.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].body, R"({"nik":"3671015207909001","nama":"Siti & Budi"})");
  EXPECT_EQ(requests[1].method, "GET");
  EXPECT_EQ(requests[1].target, "/nik?nik=3671015207909001&nama=Siti%20%26%20Budi");
}

TEST(HttpTarget, ALookupThatFindsNothingFailsOrTakesTooLongIsToldApart) {
  std::string text = app_answer(404);
  std::atomic<bool> go{true};
  FakeApp app([&](const AppRequest&) {
    eventually([&] { return go.load(); });
    return text;
  });
  auto target = open("url: " + app.url());
  EXPECT_EQ(ask_one(*target, "").kind, Answer::not_found);
  text = app_answer(500);
  EXPECT_EQ(ask_one(*target, "").kind, Answer::failed);
  text = app_answer(200, "<html>");
  EXPECT_EQ(ask_one(*target, "").kind, Answer::failed);
  go = false;
  EXPECT_EQ(ask_one(*target, "", milliseconds(100)).kind, Answer::timed_out);
  go = true;
  target->stop();
}

TEST(HttpTarget, NotFoundInsideA200) {
  FakeApp app([](const AppRequest&) { return app_answer(200, R"({"content":[{"RESPON":"Data Tidak Ditemukan"}]})"); });
  std::map<std::string, Condition> conditions{{"not_found_when", [](int, std::string_view body) -> Result<bool> {
                                                 return body.find("Tidak Ditemukan") != std::string_view::npos;
                                               }}};
  auto target = open("url: " + app.url() + "\nnot_found_when: body.content[0].RESPON == \"Data Tidak Ditemukan\"", {},
                     conditions);
  EXPECT_EQ(ask_one(*target, "").kind, Answer::not_found);
  target->stop();
}

}  // namespace
}  // namespace simpul::http_test
