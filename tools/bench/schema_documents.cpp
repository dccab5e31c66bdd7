#include "tools/bench/schema_documents.h"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <random>
#include <sstream>

#include "bus/event/json.h"

namespace simpul::bench {
namespace {

Result<std::string> text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  if (!(text << file.rdbuf())) return fail("bench.failed", path + " cannot be read");
  return text.str();
}

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  bool often() { return below(4) != 0; }
  template <std::size_t n>
  std::string_view of(const std::array<std::string_view, n>& words) {
    return words[below(n)];
  }
  std::string hex(std::size_t size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += "0123456789abcdef"[below(16)];
    return text;
  }
  std::string day(int from, int years) {
    return fmt::format("{:04}-{:02}-{:02}", from + static_cast<int>(below(static_cast<std::uint64_t>(years))),
                       1 + below(12), 1 + below(28));
  }

 private:
  std::mt19937_64 engine_;
};

constexpr std::array<std::string_view, 8> names{"Adi", "Budi", "Citra", "Dewi", "Eka", "Fajar", "Gita", "Hasan"};
constexpr std::array<std::string_view, 6> kinds{"building", "demolition", "business", "signage", "event", "roadworks"};
constexpr std::array<std::string_view, 7> statuses{"draft",   "submitted", "incomplete", "in_review",
                                                   "granted", "refused",   "withdrawn"};
constexpr std::array<std::string_view, 3> channels{"counter", "portal", "post"};
constexpr std::array<std::string_view, 5> forms{"PT", "CV", "firma", "koperasi", "yayasan"};
constexpr std::array<std::string_view, 4> papers{"plan", "identity", "photo", "statement"};

std::string name(Draw& draw) {
  return fmt::format("{} Contoh {}", draw.of(names), draw.of(names));
}

void applicant(Draw& draw, json::Writer& out) {
  out.name("applicant").begin_object();
  if (draw.often()) {
    out.member("type", "person");
    out.member("nik", fmt::format("367101{:02}{:02}{:02}{:04}", 1 + draw.below(28), 1 + draw.below(12), draw.below(100),
                                  9001 + draw.below(999)));
    out.member("name", name(draw));
    if (draw.often()) out.member("bornOn", draw.day(1950, 50));
    if (draw.often()) out.member("email", fmt::format("warga{}@example.org", draw.below(100'000)));
    if (draw.often()) out.member("phone", fmt::format("+62812{:08}", draw.below(100'000'000)));
  } else {
    out.member("type", "organisation");
    out.member("nib", fmt::format("{:013}", draw.below(10'000'000'000'000)));
    out.member("name", "Usaha " + name(draw));
    out.member("form", draw.of(forms));
    if (draw.often()) out.member("email", fmt::format("usaha{}@example.org", draw.below(100'000)));
  }
  out.end_object();
}

void site(Draw& draw, json::Writer& out) {
  out.name("site").begin_object().name("address").begin_object();
  out.member("street", fmt::format("Jalan {} {}", draw.of(names), draw.of(names)));
  if (draw.often()) out.member("number", fmt::format("{}", 1 + draw.below(200)));
  out.member("village", fmt::format("36.71.{:02}.{:04}", 1 + draw.below(13), 1001 + draw.below(12)));
  out.member("city", "Kota Contoh");
  if (draw.often()) out.member("postalCode", fmt::format("151{:02}", draw.below(100)));
  out.end_object().name("location").begin_object();
  out.name("lon").raw(fmt::format("106.{:05}", draw.below(100'000)));
  out.name("lat").raw(fmt::format("-6.{:05}", draw.below(100'000)));
  if (draw.often()) out.member("datum", draw.below(2) == 0 ? "WGS84" : "DGN95");
  out.end_object();
  if (draw.often())
    out.member("plot", fmt::format("{}-{}", static_cast<char>('A' + draw.below(26)), 1 + draw.below(9999)));
  if (draw.often()) out.name("areaM2").raw(fmt::format("{}.{}", 20 + draw.below(2000), draw.below(10)));
  out.end_object();
}

void documents(Draw& draw, json::Writer& out) {
  out.name("documents").begin_array();
  for (std::uint64_t i = 0, count = 1 + draw.below(5); i < count; ++i) {
    out.begin_object().member("id", fmt::format("DOC-{:06}", draw.below(1'000'000)));
    const auto paper = draw.of(papers);
    out.member("type", paper).member("href", fmt::format("documents/2026/{}-{}.pdf", paper, draw.below(1'000'000)));
    if (draw.often()) out.member("bytes", static_cast<std::int64_t>(1 + draw.below(5'000'000)));
    if (draw.often()) out.member("sha", draw.hex(32));
    out.end_object();
  }
  out.end_array();
}

}  // namespace

Result<Permit> read_permit() {
  Permit permit;
  permit.schema_file = SIMPUL_SOURCE_DIR "/tools/bench/schema/permit.json";
  permit.event_file = SIMPUL_SOURCE_DIR "/tools/bench/schema/permit_event.json";
  auto schema = text_of(permit.schema_file), event = text_of(permit.event_file);
  if (!schema) return std::unexpected(schema.error());
  if (!event) return std::unexpected(event.error());
  permit.schema_text = std::move(*schema);
  permit.event_text = std::move(*event);
  if (permit.event_text.ends_with('\n')) permit.event_text.pop_back();
  auto registry = compile_schemas({{"permit.json", permit.schema_text}});
  if (!registry) return fail("bench.failed", to_text(registry.error()));
  permit.registry = std::move(*registry);
  permit.schema = permit.registry->find("permit");
  return permit;
}

std::string permit_event(std::uint64_t number) {
  Draw draw(number);
  json::Writer out;
  out.begin_object();
  out.member("id", fmt::format("{}-{}-4{}-9{}-{}", draw.hex(8), draw.hex(4), draw.hex(3), draw.hex(3), draw.hex(12)));
  out.member("number", fmt::format("IZ-2026-{:06}", number % 1'000'000));
  out.member("kind", draw.of(kinds)).member("status", draw.of(statuses));
  out.member("submittedAt", fmt::format("{}T{:02}:{:02}:{:02}+07:00", draw.day(2024, 3), draw.below(24), draw.below(60),
                                        draw.below(60)));
  if (draw.often()) out.name("causedBy").null();
  out.name("data").begin_object();
  if (draw.often()) out.member("channel", draw.of(channels));
  if (draw.often()) out.member("dueOn", draw.day(2027, 2));
  applicant(draw, out);
  site(draw, out);
  out.name("fee").begin_object().member("amount", static_cast<std::int64_t>(draw.below(5'000'000)));
  out.member("currency", "IDR").member("paid", draw.often()).end_object();
  documents(draw, out);
  if (draw.often()) out.member("remarks", "Berkas diterima di loket oleh " + name(draw));
  out.end_object().end_object();
  return out.take();
}

}  // namespace simpul::bench
