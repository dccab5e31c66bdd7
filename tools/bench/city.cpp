#include "tools/bench/city.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <fstream>

#include "adapters/registry.h"
#include "bus/base/telemetry.h"

namespace simpul::bench {
namespace {

constexpr const char* schema = R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
"required":["nik","no_kk","nama","alamat","rt","rw","kode_wilayah","tgl_pindah","jenis","anggota","nilai"],"additionalProperties":false,
"properties":{"nik":{"type":"string","format":"nik"},"no_kk":{"type":"string","format":"no-kk"},
"nama":{"type":"string","minLength":1,"maxLength":100},"alamat":{"type":"string","minLength":3,"maxLength":200},
"rt":{"type":"string","pattern":"^[0-9]{3}$"},"rw":{"type":"string","pattern":"^[0-9]{3}$"},
"kode_wilayah":{"type":"string","pattern":"^[0-9]{2}[.][0-9]{2}[.][0-9]{2}[.][12][0-9]{3}$"},"tgl_pindah":{"type":"string","format":"date"},
"jenis":{"type":"string","enum":["dalam_kelurahan","antar_kelurahan","antar_kecamatan","antar_kota"]},
"anggota":{"type":"array","maxItems":50,"items":{"type":"object","required":["nik","stat_hbkel"],"additionalProperties":false,
"properties":{"nik":{"type":"string","format":"nik"},"stat_hbkel":{"type":"integer","minimum":1,"maximum":11}}}},
"nilai":{"type":"integer","minimum":0,"maximum":1000000},"keterangan":{"type":"string","maxLength":800}}})";

constexpr const char* accepted_schema = R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
"required":["nik","alamat","kode"],"additionalProperties":false,
"properties":{"nik":{"type":"string"},"alamat":{"type":"string"},"kode":{"type":"string"}}})";

struct NullFields {
  std::string note;
};

}  // namespace

// Settles at once, on the thread that hands over.
class NullTarget : public Target {
 public:
  explicit NullTarget(City& city) : city_(city) {}
  Result<void> start() override { return {}; }
  void stop() override {}
  std::size_t credit() const override { return 4096; }
  void deliver(std::vector<Delivery> deliveries) override {
    for (auto& delivery : deliveries) {
      auto settlement = city_.options_.answer ? city_.options_.answer(delivery) : Settlement{};
      if (settlement.kind == Settlement::delivered) ++city_.delivered_;
      delivery.settle(std::move(settlement));
    }
  }

 private:
  City& city_;
};

namespace {

class NullConfig : public TargetConfig {
 public:
  explicit NullConfig(City& city) : city_(city) {}
  std::unique_ptr<Target> open(AdapterContext) const override { return std::make_unique<NullTarget>(city_); }

 private:
  City& city_;
};

AdapterSpec null_adapter(City& city) {
  static const auto fields = Fields<NullFields>("bench").text("note", &NullFields::note, {.help = "Anything"});
  AdapterSpec spec;
  spec.name = "bench";
  spec.summary = "Settles at once";
  spec.target_fields = fields.descriptions();
  spec.read_target = [&city](const yaml::Node& node, FieldContext& context) {
    (void)fields.read(node, context);
    return std::make_unique<NullConfig>(city);
  };
  return spec;
}

}  // namespace

std::string target_name(int number) {
  return fmt::format("penerima-{}", number);
}

Result<void> write_file(const std::string& path, const std::string& text) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) return fail("bench.failed", path + " could not be written");
  return {};
}

Result<void> City::write() const {
  std::string listen = options_.http ? "\n  api:\n    http:\n      address: 127.0.0.1:0\n" : " {}\n";
  std::vector<std::pair<std::string, std::string>> files{
      {"config/simpul.yaml",
       "city: Kota Uji\nsource: urn:uji\nlog: { folder: var/log }\ncontrol: { socket: var/simpul.sock }\nlisten:" +
           listen},
      {"config/people/siti.yaml", "person: siti\ntitle: Siti\nroles: [operator]\ncleared: none\nunix_users: [root]\n"},
      {fmt::format("config/apps/{}.yaml", publisher),
       fmt::format("app: {0}\ntitle: {0}\nowner: disdukcapil\npublishes: [{1}]\n", publisher, event_type)},
      {fmt::format("schemas/events/{}.json", event_type), schema},
      {"schemas/apps/penerima.json", accepted_schema},
  };
  std::string route = fmt::format(
      "route: alamat\ndescription: a new address\non: {}\nwhen: data.kode_wilayah.startsWith(\"{}\")\nkey: "
      "data.nik\nto:\n",
      event_type, options_.wanted ? "36.71." : "36.72.");
  for (int i = 1; i <= options_.targets; ++i) {
    route += fmt::format("  - app: {}\n    map: {{ nik: data.nik, alamat: data.alamat, kode: data.kode_wilayah }}\n",
                         target_name(i));
    files.emplace_back(fmt::format("config/apps/{}.yaml", target_name(i)),
                       fmt::format("app: {0}\ntitle: {0}\nowner: diskominfo\nreceives: [{1}]\ncleared: "
                                   "general\npurpose: uji\nlegal_basis: UU27/2022:20(2)e\n"
                                   "target:\n  bench: {{}}\naccepts: {{ default: apps/penerima }}\nconcurrency: {2}\n",
                                   target_name(i), event_type, options_.concurrency));
  }
  files.emplace_back("routes/alamat.yaml", route);
  for (const auto& [path, text] : files)
    if (auto written = write_file(options_.folder + "/" + path, text); !written) return written;
  return {};
}

Result<std::unique_ptr<City>> City::open(CityOptions options) {
  set_telemetry(Level::error, false);
  std::unique_ptr<City> city(new City(std::move(options)));
  if (auto written = city->write(); !written) return std::unexpected(written.error());
  BusOptions bus_options;
  bus_options.folder = city->options_.folder;
  bus_options.adapters = all_adapters();
  bus_options.adapters.push_back(null_adapter(*city));
  bus_options.environment = system_environment();
  auto bus = Bus::open(std::move(bus_options));
  if (!bus) return fail("bench.failed", to_text(bus.error()));
  city->bus_ = std::move(*bus);
  return city;
}

bool City::wait_delivered(std::uint64_t count, std::chrono::seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (delivered_ < count && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  return delivered_ >= count;
}

Result<std::string> City::key() {
  return bus_->credentials().make("app", publisher, 0);
}

std::uint16_t City::port() const {
  const auto addresses = bus_->addresses();
  std::uint16_t port = 0;
  if (addresses.empty()) return port;
  const auto& text = addresses.front();
  std::from_chars(text.data() + text.rfind(':') + 1, text.data() + text.size(), port);
  return port;
}

void City::stop() {
  bus_->stop(std::chrono::seconds(2));
  bus_.reset();
}

EventMaker::EventMaker() {
  const std::string head = R"({"specversion":"1.0","id":"e)";
  const std::string middle = fmt::format(
      R"(","source":"urn:uji:siak","type":"{}","subject":"urn:nik:3671015207909001","time":"2026-01-02T03:04:05Z",)"
      R"("datacontenttype":"application/json","data":{{"nik":")",
      event_type);
  const std::string rest =
      R"(","no_kk":"3671010101010001","nama":"Siti Aminah","alamat":"Jalan Merdeka Nomor 17","rt":"003","rw":"012",)"
      R"("kode_wilayah":"36.71.01.1001","tgl_pindah":"2026-01-02","jenis":"antar_kelurahan",)"
      R"("anggota":[{"nik":"3671015207909002","stat_hbkel":3},{"nik":"3671015207909003","stat_hbkel":4}],"nilai":125000,"keterangan":")";
  const std::string tail = R"("}})";
  id_at_ = head.size();
  text_ = head + std::string(12, '0') + middle;
  nik_at_ = text_.size();
  text_ += "3671015207909001" + rest;
  while (text_.size() + tail.size() < event_bytes) text_ += "pindah rumah sekeluarga "[text_.size() % 24];
  text_ += tail;
}

const std::string& EventMaker::make(std::uint64_t number) {
  auto digits = [&](std::size_t at, std::size_t width, std::uint64_t value) {
    for (auto i = at + width; i-- > at; value /= 10) text_[i] = static_cast<char>('0' + value % 10);
  };
  digits(id_at_, 12, number);
  digits(nik_at_ + 6, 2, 41 + number / 999 % 28);
  digits(nik_at_ + 12, 4, 9001 + number % 999);
  return text_;
}

std::uint64_t EventMaker::number_of(std::string_view id) {
  std::uint64_t number = 0;
  if (!id.empty()) std::from_chars(id.data() + 1, id.data() + id.size(), number);
  return number;
}

void Publishing::publish(std::vector<std::string> events) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return open_ < limit_; });
    open_ += events.size();
  }
  bus_.admission().publish(publisher, std::move(events), [this](std::vector<Verdict> verdicts) {
    std::lock_guard lock(mutex_);
    const bool was_full = open_ >= limit_;
    open_ -= verdicts.size();
    for (const auto& verdict : verdicts) {
      if (verdict.kind == Verdict::accepted) {
        ++accepted_;
        continue;
      }
      if (others_++ == 0) why_ = verdict.reasons.empty() ? "later" : verdict.reasons.front().message;
    }
    if (open_ == 0 || (was_full && open_ < limit_)) changed_.notify_all();
  });
}

void Publishing::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return open_ == 0; });
}

Nanoseconds steady_now() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

double seconds_since(Nanoseconds begin) {
  return static_cast<double>(steady_now() - begin) / 1e9;
}

}  // namespace simpul::bench
