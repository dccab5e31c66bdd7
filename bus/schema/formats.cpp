#include "bus/schema/formats.h"

#include <algorithm>
#include <array>

#include "bus/event/syntax.h"
#include "bus/schema/formats_checks.h"
#include "bus/schema/regex.h"

namespace simpul {
namespace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
// Takes "5" and one of `units`; the index of the unit in it, or none.
std::size_t take_amount(std::string_view& text, std::string_view units) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  if (count == 0 || count == text.size()) return units.npos;
  auto unit = units.find(text[count]);
  if (unit != units.npos) text.remove_prefix(count + 1);
  return unit;
}

// Amounts whose units follow each other without a gap (RFC 3339 appendix A); true when at least one is there.
bool take_amounts(std::string_view& text, std::string_view units) {
  auto unit = take_amount(text, units);
  if (unit == units.npos) return false;
  while (unit + 1 < units.size() && !text.empty() && text.front() != 'T') {
    auto next = take_amount(text, units.substr(unit + 1, 1));
    if (next == units.npos) return false;
    ++unit;
  }
  return true;
}

bool is_duration(std::string_view text) {
  if (!text.starts_with('P')) return false;
  text.remove_prefix(1);
  if (text.ends_with('W')) return text.size() > 1 && std::all_of(text.begin(), text.end() - 1, is_digit);
  if (!text.starts_with('T') && !take_amounts(text, "YMD")) return false;
  if (text.empty()) return true;
  if (!text.starts_with('T')) return false;
  text.remove_prefix(1);
  return take_amounts(text, "HMS") && text.empty();
}

// One sum tells of 36 characters whether four are dashes and the rest hexadecimal.
constexpr unsigned uuid_dash = 1, uuid_other = 64;

constexpr std::array<std::uint8_t, 256> make_uuid_weights() {
  std::array<std::uint8_t, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c) table[c] = is_hex(static_cast<char>(c)) ? 0 : uuid_other;
  table['-'] = uuid_dash;
  return table;
}
constexpr auto uuid_weights = make_uuid_weights();

bool is_uuid(std::string_view text) {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return false;
  unsigned sum = 0;
  for (std::size_t i = 0; i < 36; ++i) sum += uuid_weights[static_cast<unsigned char>(text[i])];
  return sum == 4 * uuid_dash;
}

bool is_json_pointer(std::string_view text) {
  if (!text.empty() && text.front() != '/') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) return false;
  }
  return true;
}

bool is_relative_json_pointer(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  if (count == 0 || (count > 1 && text.front() == '0')) return false;
  auto rest = text.substr(count);
  return rest == "#" || is_json_pointer(rest);
}

// ---- URI templates, RFC 6570 §2 ----

bool is_encoded(std::string_view text, std::size_t at) {
  return at + 2 < text.size() && text[at] == '%' && is_hex(text[at + 1]) && is_hex(text[at + 2]);
}

// §2.3: name, then ":" and a length below 10000, or "*"
bool is_template_variable(std::string_view text) {
  std::size_t at = 0;
  for (bool begun = false; at < text.size(); begun = true) {
    if (begun && text[at] == '.') ++at;
    if (at < text.size() && (is_alpha(text[at]) || is_digit(text[at]) || text[at] == '_')) {
      ++at;
    } else if (is_encoded(text, at)) {
      at += 3;
    } else if (begun && text[at - 1] != '.') {
      break;
    } else {
      return false;
    }
  }
  auto modifier = text.substr(at);
  if (modifier.empty()) return at > 0;
  if (modifier == "*") return true;
  return modifier.size() >= 2 && modifier.size() <= 5 && modifier[0] == ':' && modifier[1] != '0' &&
         std::all_of(modifier.begin() + 1, modifier.end(), is_digit);
}

bool is_template_expression(std::string_view text) {
  constexpr std::string_view operators = "+#./;?&=,!@|";
  if (!text.empty() && operators.find(text.front()) != operators.npos) text.remove_prefix(1);
  for (;;) {
    auto comma = text.find(',');
    if (!is_template_variable(text.substr(0, comma))) return false;
    if (comma == text.npos) return true;
    text.remove_prefix(comma + 1);
  }
}

bool is_uri_template(std::string_view text) {
  constexpr std::string_view never = "\"%<>\\^`{|}";  // §2.1; the apostrophe is allowed by erratum 6937
  for (std::size_t at = 0; at < text.size();) {
    auto c = static_cast<unsigned char>(text[at]);
    if (c == '{') {
      auto end = text.find('}', at);
      if (end == text.npos || !is_template_expression(text.substr(at + 1, end - at - 1))) return false;
      at = end + 1;
    } else if (is_encoded(text, at)) {
      at += 3;
    } else if (c >= 0x80) {
      std::size_t size = 0;
      auto scalar = utf8_at(text, at, size);
      if (size == 0 || !(is_iri_character(scalar) || is_private_use(scalar))) return false;
      at += size;
    } else if (c <= 0x20 || c == 0x7f || never.find(text[at]) != never.npos) {
      return false;
    } else {
      ++at;
    }
  }
  return true;
}

bool is_regex(std::string_view text) {
  auto tree = regex::parse(text);
  return tree || tree.error().code == "pattern.unsupported";
}

// The commonest fault of a time is that nobody wrote which zone it is in.
FixedWords no_offset() {
  return {"the offset is missing: append Z, +07:00, +08:00 or +09:00",
          "selisih waktu tidak ada: tambahkan Z, +07:00, +08:00, atau +09:00"};
}

FixedWords time_why(std::string_view text) {
  return text.size() < 32 && is_full_time(std::string(text) + "Z") ? no_offset() : FixedWords{};
}

FixedWords date_time_why(std::string_view text) {
  if (text.size() < 48 && is_date_time(std::string(text) + "Z")) return no_offset();
  if (is_full_date(text)) {
    return {"the time is missing: append T and a time with its offset, such as T07:30:00+07:00",
            "jam tidak ada: tambahkan T dan jam dengan selisih waktunya, misalnya T07:30:00+07:00"};
  }
  if (text.size() > 10 && text.size() < 48 && text[10] == ' ') {
    std::string joined(text);
    joined[10] = 'T';
    if (is_date_time(joined)) {
      return {"date and time are joined by T, not by a space", "tanggal dan jam disambung T, bukan spasi"};
    }
  }
  return {};
}

constexpr std::array formats{
    Format{"date", is_full_date, {"a date that exists, such as 2026-11-22", "tanggal yang ada, misalnya 2026-11-22"}},
    Format{"time",
           is_full_time,
           {"a time with its offset, such as 07:30:00+07:00", "jam dengan selisih waktunya, misalnya 07:30:00+07:00"},
           time_why},
    Format{"date-time",
           is_date_time,
           {"a date and time with its offset (RFC 3339), such as 2026-11-22T07:30:00+07:00",
            "tanggal dan jam dengan selisih waktunya (RFC 3339), misalnya 2026-11-22T07:30:00+07:00"},
           date_time_why},
    Format{"duration", is_duration, {"a duration, such as P3D or PT90M", "lama waktu, misalnya P3D atau PT90M"}},
    Format{"email",
           is_email,
           {"an e-mail address, such as warga@kota.example", "alamat surel, misalnya warga@kota.example"}},
    Format{"idn-email",
           is_idn_email,
           {"an e-mail address, also in other scripts", "alamat surel, boleh dengan aksara lain"}},
    Format{"hostname",
           is_hostname,
           {"a host name, such as dukcapil.kota.example", "nama host, misalnya dukcapil.kota.example"}},
    Format{
        "idn-hostname", is_idn_hostname, {"a host name, also in other scripts", "nama host, boleh dengan aksara lain"}},
    Format{"ipv4", is_ipv4, {"an IPv4 address, such as 192.0.2.1", "alamat IPv4, misalnya 192.0.2.1"}},
    Format{"ipv6", is_ipv6, {"an IPv6 address, such as 2001:db8::1", "alamat IPv6, misalnya 2001:db8::1"}},
    Format{"uri",
           is_uri,
           {"a URI with its scheme, such as https://kota.example/",
            "URI dengan skemanya, misalnya https://kota.example/"}},
    Format{"uri-reference", is_uri_reference, {"a URI or a relative reference", "URI atau rujukan relatif"}},
    Format{"iri",
           is_iri,
           {"a URI with its scheme, also in other scripts", "URI dengan skemanya, boleh dengan aksara lain"}},
    Format{
        "iri-reference",
        is_iri_reference,
        {"a URI or a relative reference, also in other scripts", "URI atau rujukan relatif, boleh dengan aksara lain"}},
    Format{"uri-template",
           is_uri_template,
           {"a URI template (RFC 6570), such as /warga/{nik}", "templat URI (RFC 6570), misalnya /warga/{nik}"}},
    Format{"uuid",
           is_uuid,
           {"a UUID, 32 hexadecimal digits in groups of 8-4-4-4-12",
            "UUID, 32 angka heksadesimal dalam kelompok 8-4-4-4-12"}},
    Format{"json-pointer",
           is_json_pointer,
           {"a JSON Pointer, empty or starting with /", "JSON Pointer, kosong atau diawali /"}},
    Format{"relative-json-pointer",
           is_relative_json_pointer,
           {"a relative JSON Pointer, such as 1/nama", "JSON Pointer relatif, misalnya 1/nama"}},
    Format{"regex", is_regex, {"a regular expression of ECMA-262", "ekspresi reguler ECMA-262"}},
    Format{"nik", is_nik, {"16 digits (NIK)", "16 angka (NIK)"}, nik_why, nik_doubt},
    Format{"no-kk", is_no_kk, {"16 digits (family card number)", "16 angka (nomor KK)"}, nullptr, no_kk_doubt},
    Format{"nip", is_nip, {"18 digits (NIP)", "18 angka (NIP)"}, nip_why, nip_doubt},
    Format{"npwp",
           is_npwp,
           {"16 digits (NPWP), 22 (NITKU), or the old form of 15, also as 99.999.999.9-999.999",
            "16 angka (NPWP), 22 (NITKU), atau bentuk lama 15 angka, boleh sebagai 99.999.999.9-999.999"},
           nullptr,
           npwp_doubt},
    Format{"nop",
           is_nop,
           {"18 digits (NOP), which may be separated by . and -", "18 angka (NOP), boleh dipisahkan . dan -"},
           nullptr,
           nop_doubt},
    Format{"nib", is_nib, {"13 digits (NIB)", "13 angka (NIB)"}},
    Format{"nisn", is_nisn, {"10 digits (NISN)", "10 angka (NISN)"}, nullptr, nisn_doubt},
    Format{"npsn",
           is_npsn,
           {"8 digits, K or P and 7 digits, or 6 digits (NPSN)", "8 angka, K atau P dan 7 angka, atau 6 angka (NPSN)"}},
    Format{"kode-wilayah",
           is_kode_wilayah,
           {"a region code of 2, 4, 6 or 10 digits, such as 36.71.01.1001 or 3671011001",
            "kode wilayah 2, 4, 6, atau 10 angka, misalnya 36.71.01.1001 atau 3671011001"},
           nullptr,
           kode_wilayah_doubt},
    Format{"kode-rekening",
           is_kode_rekening,
           {"an account code of up to six levels, such as 5.1.02.01.01.0024",
            "kode rekening sampai enam tingkat, misalnya 5.1.02.01.01.0024"},
           kode_rekening_why,
           kode_rekening_doubt},
    Format{"nrkb",
           is_nrkb,
           {"a number plate, such as B 9001 XYZ", "nomor kendaraan (NRKB), misalnya B 9001 XYZ"},
           nrkb_why,
           nrkb_doubt},
};

}  // namespace

const Format* find_format(std::string_view name) {
  auto found = std::find_if(formats.begin(), formats.end(), [&](const Format& format) { return format.name == name; });
  return found == formats.end() ? nullptr : &*found;
}

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const auto& format : formats) names.emplace_back(format.name);
  return names;
}

}  // namespace simpul
