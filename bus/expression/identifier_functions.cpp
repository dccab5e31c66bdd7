// The identifiers of Indonesian administration: what can be read from one, and whether it can be one at all. Nothing
// here says that an identifier was issued, and a NIK or NIP is not changed when a birth date is corrected: what is read
// from it is a hint, not the person's data.
#include <fmt/format.h>

#include <chrono>
#include <string>

#include "bus/base/bytes.h"
#include "bus/expression/function_arguments.h"
#include "bus/expression/functions.h"
#include "bus/expression/times.h"

namespace simpul::cel {

namespace {

constexpr std::size_t nik_digits = 16, nip_digits = 18, nop_digits = 18, npwp_digits = 16, old_npwp_digits = 15;

bool all_digits(std::string_view text) {
  return std::ranges::all_of(text, is_digit);
}

int number_of(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

bool is_day(int year, int month, int day) {
  return std::chrono::year_month_day(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
      .ok();
}

// Digits without the spaces, dots, dashes and slashes that people put between them; none when something else is there.
std::optional<std::string> bare_digits(std::string_view text) {
  constexpr std::size_t longest = 64;
  if (text.size() > longest) return std::nullopt;
  std::string out;
  for (const char c : text) {
    if (is_digit(c))
      out += c;
    else if (c != ' ' && c != '.' && c != '-' && c != '/')
      return std::nullopt;
  }
  return out;
}

struct Nik {
  int day = 0, month = 0, year = 0;  // year: its last two digits
  bool female = false;
};

// PP KK CC DDMMYY NNNN, of women the day and 40; the serial is not 0000.
std::optional<Nik> read_nik(std::string_view text) {
  if (text.size() != nik_digits || !all_digits(text) || text.substr(12) == "0000") return std::nullopt;
  Nik nik = {number_of(text.substr(6, 2)), number_of(text.substr(8, 2)), number_of(text.substr(10, 2)), false};
  constexpr int of_women = 40;
  if (nik.day > of_women) {
    nik.day -= of_women;
    nik.female = true;
  }
  // 29 February is a day in one of the centuries or in none: both 1900 + yy and 2000 + yy are looked at.
  const bool there_is = is_day(1900 + nik.year, nik.month, nik.day) || is_day(2000 + nik.year, nik.month, nik.day);
  return there_is ? std::optional(nik) : std::nullopt;
}

Cell nik_valid(Machine&, std::uint32_t step, const Cell* arguments, std::size_t) {
  return arguments[0].is_text() ? Cell::of(read_nik(arguments[0].text()).has_value()) : wrong(step);
}

// The year stands in two digits: it is the latest one that is not after the date that is given with it.
Cell nik_birth_date(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text()) return wrong(step);
  std::chrono::sys_days at;
  constexpr std::int64_t seconds_a_day = 86'400;
  if (arguments[1].kind == CellKind::timestamp) {
    at = std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(std::chrono::seconds(arguments[1].integer)));
  } else if (arguments[1].is_text()) {
    const std::string_view text = arguments[1].text();
    if (!machine.spend(text.size())) return spent(step);
    const auto date = read_full_date(text.substr(0, 10));
    if (!date || (text.size() > 10 && !read_timestamp(text))) return bad(step);
    at = std::chrono::sys_days(std::chrono::days(date->integer / seconds_a_day));
  } else {
    return wrong(step);
  }
  const auto nik = read_nik(arguments[0].text());
  if (!nik) return bad(step);
  const int this_year = static_cast<int>(std::chrono::year_month_day(at).year());
  for (int year = this_year - this_year % 100 + nik->year; year > 0 && year > this_year - 200; year -= 100) {
    if (!is_day(year, nik->month, nik->day)) continue;
    const std::chrono::sys_days born = std::chrono::year(year) / nik->month / nik->day;
    if (born <= at) return machine.text(fmt::format("{:04}-{:02}-{:02}", year, nik->month, nik->day), step);
  }
  return bad(step);
}

Cell nik_sex(Machine&, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text()) return wrong(step);
  const auto nik = read_nik(arguments[0].text());
  return nik ? Cell::of(std::string_view(nik->female ? "P" : "L")) : bad(step);
}

Cell nik_region(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text()) return wrong(step);
  const std::string_view text = arguments[0].text();
  if (!read_nik(text)) return bad(step);
  return machine.text(fmt::format("{}.{}.{}", text.substr(0, 2), text.substr(2, 2), text.substr(4, 2)), step);
}

// PP KK CC DDMMYY NNNN, the date being that of its recording.
Cell kk_valid(Machine&, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text()) return wrong(step);
  return Cell::of(arguments[0].size == nik_digits && all_digits(arguments[0].text()));
}

// YYYYMMDD of birth, YYYYMM of appointment, 1 or 2 for the sex, a serial of three; of PPPK the two digits where the
// month would be are something else, from 21 on.
struct Nip {
  std::string digits;
  bool civil_servant = true;
};

std::optional<Nip> read_nip(std::string_view text) {
  auto digits = bare_digits(text);
  if (!digits || digits->size() != nip_digits) return std::nullopt;
  const std::string_view all = *digits;
  const int month = number_of(all.substr(12, 2));
  constexpr int first_of_pppk = 21;
  const bool civil_servant = month >= 1 && month <= 12, contract = month >= first_of_pppk;
  if (!civil_servant && !contract) return std::nullopt;
  if (!is_day(number_of(all.substr(0, 4)), number_of(all.substr(4, 2)), number_of(all.substr(6, 2))))
    return std::nullopt;
  if (all[14] != '1' && all[14] != '2') return std::nullopt;
  return Nip{std::move(*digits), civil_servant};
}

Cell nip_valid(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!machine.spend(arguments[0].is_text() ? arguments[0].size : 0)) return spent(step);
  return arguments[0].is_text() ? Cell::of(read_nip(arguments[0].text()).has_value()) : wrong(step);
}

Cell nip_birth_date(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text()) return wrong(step);
  const auto nip = read_nip(arguments[0].text());
  if (!nip) return bad(step);
  const std::string_view all = nip->digits;
  return machine.text(fmt::format("{}-{}-{}", all.substr(0, 4), all.substr(4, 2), all.substr(6, 2)), step);
}

Cell nip_sex(Machine&, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text()) return wrong(step);
  const auto nip = read_nip(arguments[0].text());
  return nip ? Cell::of(std::string_view(nip->digits[14] == '2' ? "P" : "L")) : bad(step);
}

// "19900712 201503 2 901".
Cell nip_format(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text()) return wrong(step);
  const auto nip = read_nip(arguments[0].text());
  if (!nip) return bad(step);
  const std::string_view all = nip->digits;
  return machine.text(fmt::format("{} {} {} {}", all.substr(0, 8), all.substr(8, 6), all.substr(14, 1), all.substr(15)),
                      step);
}

// PP.DD.KKK.LLL.BBB-UUUU.J
struct NopPart {
  std::string_view name;
  std::size_t at, size;
};
constexpr NopPart nop_parts_in_order[] = {{"propinsi", 0, 2}, {"dati2", 2, 2}, {"kecamatan", 4, 3}, {"kelurahan", 7, 3},
                                          {"blok", 10, 3},    {"urut", 13, 4}, {"jenis", 17, 1}};

std::optional<std::string> read_nop(std::string_view text) {
  auto digits = bare_digits(text);
  return digits && digits->size() == nop_digits ? digits : std::nullopt;
}

Cell nop_valid(Machine&, std::uint32_t step, const Cell* arguments, std::size_t) {
  return arguments[0].is_text() ? Cell::of(read_nop(arguments[0].text()).has_value()) : wrong(step);
}

Cell nop_parts(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text()) return wrong(step);
  const auto nop = read_nop(arguments[0].text());
  if (!nop) return bad(step);
  const Cell digits = machine.text(*nop, step);
  Entry* entries = machine.entries(std::size(nop_parts_in_order));
  if (digits.is_error() || entries == nullptr) return spent(step);
  for (std::size_t i = 0; i < std::size(nop_parts_in_order); ++i) {
    const auto& part = nop_parts_in_order[i];
    Cell name = Cell::of(part.name);
    name.constant = true;
    entries[i] = {name, Cell::of(digits.text().substr(part.at, part.size))};
  }
  return Cell::map(entries, std::size(nop_parts_in_order));
}

Cell nop_format(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text()) return wrong(step);
  const auto nop = read_nop(arguments[0].text());
  if (!nop) return bad(step);
  std::string out;
  for (const auto& part : nop_parts_in_order) {
    if (!out.empty()) out += part.name == "urut" ? '-' : '.';
    out += nop->substr(part.at, part.size);
  }
  return machine.text(out, step);
}

Cell npwp_valid(Machine&, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text()) return wrong(step);
  const auto digits = bare_digits(arguments[0].text());
  return Cell::of(digits && (digits->size() == old_npwp_digits || digits->size() == npwp_digits));
}

// 16 digits: as it is, or a 0 before the 15 of the old form. Right for bodies; a resident's NPWP is the NIK.
Cell npwp_normal(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text()) return wrong(step);
  const auto digits = bare_digits(arguments[0].text());
  if (!digits) return bad(step);
  if (digits->size() == npwp_digits) return machine.text(*digits, step);
  return digits->size() == old_npwp_digits ? machine.text("0" + *digits, step) : bad(step);
}

// 99.999.999.9-999.999, of the old 15 digits or of 16 that begin with 0.
Cell npwp_format(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text()) return wrong(step);
  const auto digits = bare_digits(arguments[0].text());
  if (!digits) return bad(step);
  std::string_view all = *digits;
  if (all.size() == npwp_digits && all.starts_with('0')) all.remove_prefix(1);
  if (all.size() != old_npwp_digits) return bad(step);
  return machine.text(fmt::format("{}.{}.{}.{}-{}.{}", all.substr(0, 2), all.substr(2, 3), all.substr(5, 3),
                                  all.substr(8, 1), all.substr(9, 3), all.substr(12)),
                      step);
}

// A mobile number is 08 and 8 to 11 digits; +62 or 62 stands for its 0, and some write neither.
std::optional<std::string> read_phone(std::string_view text) {
  const bool plus = text.starts_with('+');
  if (plus) text.remove_prefix(1);
  std::string bare;
  for (const char c : text) {
    if (c != '(' && c != ')') bare += c;
    if (bare.size() > 40) return std::nullopt;
  }
  const auto digits = bare_digits(bare);
  if (!digits) return std::nullopt;
  std::string_view rest = *digits;
  if (rest.starts_with("62"))
    rest.remove_prefix(2);
  else if (plus)
    return std::nullopt;  // another country's
  if (rest.starts_with('0')) rest.remove_prefix(1);
  constexpr std::size_t least = 9, most = 12;
  if (!rest.starts_with('8') || rest.size() < least || rest.size() > most) return std::nullopt;
  return "+62" + std::string(rest);
}

Cell phone_normal(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text()) return wrong(step);
  const auto phone = read_phone(arguments[0].text());
  return phone ? machine.text(*phone, step) : bad(step);
}
Cell phone_valid(Machine&, std::uint32_t step, const Cell* arguments, std::size_t) {
  return arguments[0].is_text() ? Cell::of(read_phone(arguments[0].text()).has_value()) : wrong(step);
}

// A region's code of Permendagri, dotted or bare: 36, 36.71, 36.71.01, 36.71.01.1001.
std::optional<std::string> read_region(std::string_view text, bool dotted) {
  const auto digits = bare_digits(text);
  if (!digits) return std::nullopt;
  const std::size_t size = digits->size();
  if (size != 2 && size != 4 && size != 6 && size != 10) return std::nullopt;
  std::string out = digits->substr(0, 2);
  for (std::size_t at = 2; at < size; at += 2) {
    if (dotted) out += '.';
    const std::size_t width = at == 6 ? 4 : 2;
    out += digits->substr(at, width);
    if (at == 6) break;
  }
  return out;
}

Cell region_dotted(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text()) return wrong(step);
  const auto region = read_region(arguments[0].text(), true);
  return region ? machine.text(*region, step) : bad(step);
}
Cell region_bare(Machine& machine, std::uint32_t step, const Cell* arguments, std::size_t) {
  if (!arguments[0].is_text()) return wrong(step);
  const auto region = read_region(arguments[0].text(), false);
  return region ? machine.text(*region, step) : bad(step);
}

void add_nik(FunctionTable& table) {
  table.add(
      "nik.valid", {{"nik_valid_string", "nik.valid(string) -> bool"}}, nik_valid,
      "Whether a text can be a NIK: 16 digits, a day of birth that exists (of women the day and 40), a serial that is "
      "not 0000.",
      "nik.valid(\"3671015207909001\")", "true");
  table.add(
      "nik.birthDate",
      {{"nik_birth_date_string_string", "nik.birthDate(string, string) -> string"},
       {"nik_birth_date_string_timestamp", "nik.birthDate(string, timestamp) -> string"}},
      nik_birth_date,
      "The date of birth that a NIK holds, as yyyy-mm-dd. The year has two digits there: it is the latest one that is "
      "not after the date given with it (the event's). Who is older than 100 comes out as a child; a corrected birth "
      "date does not change a NIK.",
      "nik.birthDate(\"3671015207909001\", \"2026-03-05\")", R"("1990-07-12")");
  table.add("nik.sex", {{"nik_sex_string", "nik.sex(string) -> string"}}, nik_sex,
            "L for a man, P for a woman, by the day of birth in a NIK.", "nik.sex(\"3671015207909001\")", R"("P")");
  table.add("nik.region", {{"nik_region_string", "nik.region(string) -> string"}}, nik_region,
            "The region where a NIK was first registered, as PP.KK.CC. It is not where the person lives.",
            "nik.region(\"3671015207909001\")", R"("36.71.01")");
  table.add("kk.valid", {{"kk_valid_string", "kk.valid(string) -> bool"}}, kk_valid,
            "Whether a text can be the number of a family card: 16 digits.", "kk.valid(\"3671010101209003\")", "true");
}

void add_nip(FunctionTable& table) {
  table.add(
      "nip.valid", {{"nip_valid_string", "nip.valid(string) -> bool"}}, nip_valid,
      "Whether a text can be a NIP or NI PPPK: 18 digits, spaces and dots between them or not, that begin with a date.",
      "nip.valid(\"19900712 201503 2 901\")", "true");
  table.add("nip.birthDate", {{"nip_birth_date_string", "nip.birthDate(string) -> string"}}, nip_birth_date,
            "The date of birth that a NIP holds, as yyyy-mm-dd.", "nip.birthDate(\"199007122015032901\")",
            R"("1990-07-12")");
  table.add("nip.sex", {{"nip_sex_string", "nip.sex(string) -> string"}}, nip_sex,
            "L for a man, P for a woman, by the 15th digit of a NIP.", "nip.sex(\"199007122015032901\")", R"("P")");
  table.add("nip.format", {{"nip_format_string", "nip.format(string) -> string"}}, nip_format,
            "A NIP with the spaces it is printed with.", "nip.format(\"199007122015032901\")",
            R"("19900712 201503 2 901")");
}

void add_nop(FunctionTable& table) {
  table.add("nop.valid", {{"nop_valid_string", "nop.valid(string) -> bool"}}, nop_valid,
            "Whether a text can be the number of a tax object: 18 digits, dots and dashes between them or not.",
            "nop.valid(\"36.75.010.001.002-9001.0\")", "true");
  table.add(
      "nop.parts", {{"nop_parts_string", "nop.parts(string) -> map(string, string)"}}, nop_parts,
      "The parts of a NOP: propinsi, dati2, kecamatan, kelurahan, blok, urut, jenis. Its regions are the tax office's "
      "codes, which are not those of the Ministry of Home Affairs: use a code table.",
      "nop.parts(\"367501000100290010\").blok", R"("002")");
  table.add("nop.format", {{"nop_format_string", "nop.format(string) -> string"}}, nop_format,
            "A NOP with its dots and its dash.", "nop.format(\"367501000100290010\")", R"("36.75.010.001.002-9001.0")");
}

}  // namespace

void add_identifier_functions(FunctionTable& table) {
  table.area("identifiers");
  add_nik(table);
  add_nip(table);
  add_nop(table);
  table.add("npwp.valid", {{"npwp_valid_string", "npwp.valid(string) -> bool"}}, npwp_valid,
            "Whether a text can be an NPWP: 15 or 16 digits, dots and dashes between them or not.",
            "npwp.valid(\"99.900.900.1-411.000\")", "true");
  table.add(
      "npwp.normal", {{"npwp_normal_string", "npwp.normal(string) -> string"}}, npwp_normal,
      "An NPWP in 16 digits: the old 15 get a 0 before them, which is right for bodies. A resident's NPWP is the NIK.",
      "npwp.normal(\"99.900.900.1-411.000\")", R"("0999009001411000")");
  table.add("npwp.format", {{"npwp_format_string", "npwp.format(string) -> string"}}, npwp_format,
            "An NPWP of 15 digits, or of 16 that begin with 0, with its dots and its dash.",
            "npwp.format(\"0999009001411000\")", R"("99.900.900.1-411.000")");
  table.add("phone.valid", {{"phone_valid_string", "phone.valid(string) -> bool"}}, phone_valid,
            "Whether a text can be an Indonesian mobile number.", "phone.valid(\"0812-3456-7890\")", "true");
  table.add("phone.normal", {{"phone_normal_string", "phone.normal(string) -> string"}}, phone_normal,
            "An Indonesian mobile number as +62 and digits (E.164), of 08…, 62…, +62… or 8….",
            "phone.normal(\"0812-3456-7890\")", R"("+6281234567890")");
  table.add("region.dotted", {{"region_dotted_string", "region.dotted(string) -> string"}}, region_dotted,
            "A region's code with its dots: of 2, 4, 6 or 10 digits.", "region.dotted(\"3671011001\")",
            R"("36.71.01.1001")");
  table.add("region.bare", {{"region_bare_string", "region.bare(string) -> string"}}, region_bare,
            "A region's code without dots.", "region.bare(\"36.71.01.1001\")", R"("3671011001")");
}

}  // namespace simpul::cel
