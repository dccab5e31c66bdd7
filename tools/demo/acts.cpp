#include "tools/demo/acts.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "bus/event/json.h"

namespace simpul::demo {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds promised{2000};
constexpr milliseconds patience{20'000};

std::string text_of(const std::string& body, std::string_view name) {
  auto document = json::parse(body);
  return document && document->root().is_object() ? std::string(document->root().text_of(name)) : std::string();
}

std::size_t count_taken(const City& city, const std::string& app, std::string_view nik, std::string_view address) {
  auto all = city.taken(app);
  return static_cast<std::size_t>(std::ranges::count_if(all, [&](const City::Taken& t) {
    return text_of(t.body, "nik") == nik && text_of(t.body, "alamat") == address;
  }));
}

std::size_t count_lines(const City& city, const std::string& folder, std::string_view first, std::string_view second) {
  auto all = city.lines(folder);
  auto has_both = [&](const std::string& line) {
    return line.find(first) != std::string::npos && line.find(second) != std::string::npos;
  };
  return static_cast<std::size_t>(std::ranges::count_if(all, has_both));
}

// One row of the table that stands side by side: what an application held before and holds now.
struct Holder {
  std::string app, what;
  std::function<std::string()> now;
  std::function<bool(const std::string& address)> has;
  std::string before{}, after{};
  milliseconds took{-1};
};

std::string at_or(const std::map<std::string, std::string>& values, const std::string& key,
                  const std::string& otherwise) {
  auto found = values.find(key);
  return found == values.end() ? otherwise : found->second;
}

std::string newest(const City& city, const std::string& app, const std::string& nik) {
  std::string found = "–";
  for (const auto& taken : city.taken(app))
    if (text_of(taken.body, "nik") == nik && !text_of(taken.body, "alamat").empty())
      found = text_of(taken.body, "alamat");
  return found;
}

std::vector<Holder> holders(Stage& stage, const Family& family) {
  auto& city = stage.city();
  std::vector<Holder> all;
  all.push_back({"simrs", "pasien.alamat", [&city, family] { return at_or(city.simrs_addresses(), family.head, "–"); },
                 [&city, family](const std::string& address) {
                   auto held = city.simrs_addresses();
                   return std::ranges::all_of(family.members, [&](const std::string& nik) {
                     return !held.contains(nik) || held.at(nik).starts_with(address);
                   });
                 }});
  all.push_back({"sismiop", "DAT_SUBJEK_PAJAK.JALAN_WP",
                 [&city, family] { return at_or(city.sismiop_addresses(), family.head, "–"); },
                 [&city, family](const std::string& address) {
                   return at_or(city.sismiop_addresses(), family.head, "") == address.substr(0, 30);
                 }});
  auto http = [&](const std::string& app, const std::string& what, const std::vector<std::string>& niks) {
    if (niks.empty()) return;
    all.push_back({app, what, [&city, app, niks] { return newest(city, app, niks.front()); },
                   [&city, app, niks](const std::string& address) {
                     return std::ranges::all_of(
                         niks, [&](const std::string& nik) { return newest(city, app, nik) == address; });
                   }});
  };
  http("spmb", fmt::format("HTTP PUT, {} children", family.children.size()), family.children);
  http("perizinan", "HTTP", {family.head});
  http("esabakota", "HTTP, 200 with a verdict inside", {family.head});
  http("tangerang-live", fmt::format("signed webhook, {} profiles", family.members.size()), family.members);
  auto newest_line = [&city, family] {
    std::string found = "–";
    for (const auto& line : city.lines("kecamatan"))
      if (text_of(line, "nik") == family.head && !text_of(line, "alamat").empty()) found = text_of(line, "alamat");
    return found;
  };
  all.push_back({"kecamatan", "peristiwa-….jsonl", newest_line,
                 [newest_line](const std::string& address) { return newest_line() == address; }});
  for (auto& holder : all) holder.before = holder.now();
  return all;
}

// Families that every application knows: patients of the hospital, payers of land tax, with children.
std::vector<Family> owners(const City& city) {
  auto families = city.families();
  auto patients = city.simrs_addresses(), payers = city.sismiop_addresses();
  std::erase_if(families, [&](const Family& f) {
    return f.children.empty() || !patients.contains(f.head) || !payers.contains(f.head);
  });
  return families;
}

// Waits until every holder has the address; notes when each had it.
bool arrives(Stage& stage, std::vector<Holder>& all, const std::string& address, milliseconds most,
             const std::set<std::string>& without = {}) {
  auto began = std::chrono::steady_clock::now();
  return stage.wait(most, [&] {
    bool everywhere = true;
    for (auto& holder : all) {
      if (without.contains(holder.app) || holder.took.count() >= 0) continue;
      if (!holder.has(address)) {
        everywhere = false;
        continue;
      }
      holder.took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
      holder.after = holder.now();
    }
    return everywhere;
  });
}

std::string padded(std::string text, std::size_t width) {
  // Cut and padded by characters; the dash of "nothing yet" has three bytes.
  std::size_t shown = 0, at = 0;
  while (at < text.size() && shown < width) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
    ++shown;
  }
  text.resize(at);
  return text.append(width - shown, ' ');
}

void print_side_by_side(const Stage& stage, const std::vector<Holder>& all) {
  fmt::print("\n  {}\n", stage.styled("1", padded("APPLICATION", 16) + padded("WHERE", 34) + padded("BEFORE", 32) +
                                               padded("NOW", 32) + "AFTER"));
  for (const auto& holder : all)
    fmt::print("  {}{}{}{}{}\n", padded(holder.app, 16), padded(holder.what, 34), padded(holder.before, 32),
               padded(holder.after, 32), holder.took.count() < 0 ? "–" : fmt::format("{} ms", holder.took.count()));
  fmt::print("\n");
}

std::string verdict_of(const Stage::Posted& posted) {
  return fmt::format("HTTP {}", posted.status);
}

}  // namespace

void move_of_a_family(Stage& stage) {
  stage.title("1  A family moves: entered once, in SIAK's own table");
  auto family = owners(stage.city()).front();
  auto all = holders(stage, family);
  const std::string address = "JL MERPATI INDAH NO 17";
  stage.say(fmt::format("UPDATE DATA_KELUARGA SET ALAMAT = '{}' WHERE NO_KK = {}   (was '{}')", address, family.no_kk,
                        family.address));
  if (!stage.observe(stage.city().enter_address(family.no_kk, address), "the clerk's change is in SIAK")) return;
  bool arrived = arrives(stage, all, address, promised);
  print_side_by_side(stage, all);
  stage.observe(arrived, fmt::format("all {} applications have it within {} ms, nobody typed it again", all.size(),
                                     promised.count()));
  auto traced = stage.simpul({"trace", "--key", family.head});
  stage.say(fmt::format("$ simpul trace --key {}", family.head));
  fmt::print("{}", traced.output);
  stage.observe(traced.code == 0 && traced.output.find("parked") == std::string::npos,
                "the log tells the whole story: entered, admitted, acknowledged by whom and when");
}

void invalid_record(Stage& stage) {
  stage.title("2  A wrong record is refused, with words, and the refusal is on record");
  auto posted = stage.post(
      Stage::event("loket-2026-9001", "dukcapil.penduduk.meninggal.v1",
                   R"({"nik":"367101520790900","tgl_meninggal":"2026-13-45","no_akta_mati":"3671-KM-22112026-9001"})"));
  fmt::print("  {}\n", posted.body);
  stage.observe(posted.status == 422,
                "the publisher is told which fields break which rule (" + verdict_of(posted) + ")");
  auto refusal = stage.simpul({"trace", "loket-2026-9001"});
  stage.observe(refusal.code == 0 && refusal.output.find("refused") != std::string::npos, "the refusal can be traced");
}

void death_and_corrections(Stage& stage) {
  stage.title("3  A death, a corrected name and a replaced NIK, from the service counter");
  auto& city = stage.city();
  auto families = owners(city);
  auto dead = families[1].head, named = families[2].head, old_nik = families[3].head;
  auto new_nik = old_nik.substr(0, 12) + "9900";
  auto death = stage.post(Stage::event(
      "loket-2026-9101", "dukcapil.penduduk.meninggal.v1",
      fmt::format(R"({{"nik":"{}","tgl_meninggal":"2026-11-20","no_akta_mati":"3671-KM-20112026-9101"}})", dead)));
  stage.observe(death.status == 202, "a death is accepted (" + verdict_of(death) + ")");
  auto again = stage.post(Stage::event(
      "loket-2026-9101", "dukcapil.penduduk.meninggal.v1",
      fmt::format(R"({{"nik":"{}","tgl_meninggal":"2026-11-20","no_akta_mati":"3671-KM-20112026-9101"}})", dead)));
  stage.observe(again.status / 100 == 2, "sent again by mistake: answered as accepted, and nothing happens twice");
  auto conflict = stage.post(Stage::event(
      "loket-2026-9101", "dukcapil.penduduk.meninggal.v1",
      fmt::format(R"({{"nik":"{}","tgl_meninggal":"2026-11-21","no_akta_mati":"3671-KM-20112026-9101"}})", dead)));
  stage.observe(conflict.status == 409, "the same id with another date is refused (" + verdict_of(conflict) + ")");
  auto correction = stage.post(Stage::event(
      "loket-2026-9102", "dukcapil.biodata.diubah.v1",
      fmt::format(
          R"({{"nik":"{}","jenis_klmin":1,"elemen_berubah":["nama_lgkp"],"nilai_baru":{{"nama_lgkp":"RADEN MAS CONTOH KUSUMA WARDHANA BIN SULAIMAN"}},"dasar":"3671-PN-9102"}})",
          named)));
  stage.observe(correction.status == 202, "a correction is accepted (" + verdict_of(correction) + ")");
  auto replaced = stage.post(Stage::event(
      "loket-2026-9103", "dukcapil.biodata.nik_diganti.v1",
      fmt::format(R"({{"nik_lama":"{}","nik_baru":"{}","alasan":"koreksi_tgl_lahir","dasar":"3671-PN-9103"}})", old_nik,
                  new_nik)));
  stage.observe(replaced.status == 202,
                "a replaced NIK is accepted; it holds the lanes of both numbers (" + verdict_of(replaced) + ")");
  for (const auto& posted : {death, correction, replaced})
    if (posted.status != 202) fmt::print("  {}\n", posted.body);
  stage.observe(stage.wait(promised, [&] { return count_lines(city, "simgaji", dead, "MENINGGAL") == 1; }),
                "SIMGAJI's CSV stops the pay of the dead, once");
  stage.observe(stage.wait(promised, [&] { return count_lines(city, "kecamatan", dead, "2026-11-20") == 1; }),
                "the kecamatan's file has the death, once");
  stage.observe(
      stage.wait(promised, [&] { return city.simrs_name(named) == "RADEN MAS CONTOH KUSUMA WARDHANA BIN SUL"; }),
      "the hospital has the corrected name, cut at its 40 characters where the route says so");
  stage.observe(
      stage.wait(
          promised,
          [&] { return city.sismiop_addresses().contains(new_nik) && !city.sismiop_addresses().contains(old_nik); }),
      "SISMIOP knows the taxpayer by the new NIK");
}

void one_application_down(Stage& stage) {
  stage.title("4  Perizinan is down: its changes wait in order, everybody else goes on");
  auto family = owners(stage.city())[4];
  stage.observe(stage.behave("perizinan", "down"), "perizinan closes every connection");
  const std::vector<std::string> addresses{"JL KENANGA NO 1", "JL KENANGA NO 2", "JL KENANGA NO 3"};
  for (const auto& address : addresses) {
    auto all = holders(stage, family);
    stage.city().enter_address(family.no_kk, address);
    bool arrived = arrives(stage, all, address, promised, {"perizinan"});
    stage.observe(arrived, fmt::format("{}: everybody but perizinan has it within {} ms", address, promised.count()));
  }
  stage.observe(newest(stage.city(), "perizinan", family.head) == "–", "perizinan has none of them yet");
  auto status = stage.simpul({"status"});
  fmt::print("{}", status.output);
  stage.observe(stage.behave("perizinan", "up"), "perizinan is back");
  bool healed =
      stage.wait(patience, [&] { return newest(stage.city(), "perizinan", family.head) == addresses.back(); });
  std::vector<std::string> order;
  for (const auto& taken : stage.city().taken("perizinan"))
    if (text_of(taken.body, "nik") == family.head) order.push_back(text_of(taken.body, "alamat"));
  stage.observe(healed && order == addresses,
                fmt::format("it took all {} of them, in the order they happened, each once: {}", addresses.size(),
                            fmt::join(order, " → ")));
}

void killed_in_the_middle(Stage& stage) {
  stage.title("5  kill -9 of the bus in the middle of work");
  auto& city = stage.city();
  // Families that no earlier act has moved.
  auto moving = city.families();
  std::erase_if(moving, [](const Family& f) {
    return f.address.starts_with("JL KENANGA") || f.address.starts_with("JL MERPATI");
  });
  moving.resize(std::min<std::size_t>(moving.size(), 20));
  // The counter keeps posting, and repeats what was not acknowledged: as any publisher must.
  std::atomic<bool> ended = false;
  std::atomic<int> acknowledged = 0, repeated = 0;
  constexpr int corrections = 60;
  std::thread counter([&] {
    for (int i = 0; i < corrections && !ended; ++i) {
      auto nik = moving[static_cast<std::size_t>(i) % moving.size()].head;
      auto event = Stage::event(
          fmt::format("loket-kill-{}", i), "dukcapil.penduduk.meninggal.v1",
          fmt::format(R"({{"nik":"{}","tgl_meninggal":"2026-11-21","no_akta_mati":"3671-KM-KILL-{:04}"}})", nik, i));
      while (!ended && stage.post(event).status / 100 != 2) {
        ++repeated;
        std::this_thread::sleep_for(milliseconds(20));
      }
      ++acknowledged;
    }
  });
  for (const auto& family : moving) city.enter_address(family.no_kk, "JL TERATAI " + family.no_kk.substr(12));
  stage.wait(patience, [&] { return acknowledged > 10 && city.taken("perizinan").size() > 6; });
  auto before = acknowledged.load();
  stage.kill_bus();
  stage.say(fmt::format("killed after {} acknowledged posts, with {} families moving", before, moving.size()));
  auto again = std::chrono::steady_clock::now();
  bool started = stage.start_bus();
  stage.observe(
      started, fmt::format("the bus is back after {} ms",
                           std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - again).count()));
  if (!started) ended = true;
  stage.wait(patience, [&] { return acknowledged == corrections; });
  ended = true;
  counter.join();
  stage.observe(acknowledged == corrections,
                fmt::format("the counter got all {} posts acknowledged ({} attempts repeated while the bus was gone)",
                            corrections, repeated.load()));

  auto each_once = [&] {
    for (const auto& family : moving) {
      auto address = "JL TERATAI " + family.no_kk.substr(12);
      for (const char* app : {"perizinan", "esabakota", "tangerang-live"})
        if (count_taken(city, app, family.head, address) == 0) return false;
      if (count_lines(city, "kecamatan", family.head, address) == 0) return false;
    }
    for (int i = 0; i < corrections; ++i)
      if (count_lines(city, "simgaji", "MENINGGAL", fmt::format("3671-KM-KILL-{:04}", i)) == 0) return false;
    return true;
  };
  stage.observe(stage.wait(patience, each_once),
                "nothing is lost: every acknowledged change reached every application that needs it");
  std::size_t twice = 0;
  for (const auto& family : moving) {
    auto address = "JL TERATAI " + family.no_kk.substr(12);
    for (const char* app : {"perizinan", "esabakota", "tangerang-live"})
      twice += count_taken(city, app, family.head, address) > 1;
    twice += count_lines(city, "kecamatan", family.head, address) > 1;
  }
  for (int i = 0; i < corrections; ++i)
    twice += count_lines(city, "simgaji", "MENINGGAL", fmt::format("3671-KM-KILL-{:04}", i)) > 1;
  stage.observe(twice == 0, "nothing is there twice");
}

}  // namespace simpul::demo
