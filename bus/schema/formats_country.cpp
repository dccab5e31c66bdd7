// The identifiers of Indonesian administration. Hard rules only refuse what is certainly wrong: codes of regions that
// were split or renamed stay in old identifiers for ever, so a table never refuses one. Soft rules say what is worth a
// look. No text quotes the value: it is personal data.
#include <algorithm>
#include <array>

#include "bus/event/syntax.h"
#include "bus/schema/formats_checks.h"

namespace simpul {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}
bool digits(std::string_view text, std::size_t count) {
  if (text.size() != count) return false;
  unsigned wrong = 0;
  for (char c : text) wrong |= static_cast<unsigned>(static_cast<unsigned char>(c - '0') > 9);
  return wrong == 0;
}
unsigned two(std::string_view text, std::size_t at) {
  return static_cast<unsigned>((text[at] - '0') * 10 + (text[at + 1] - '0'));
}

// "99.99" : 9 is a digit, all else itself.
bool has_form(std::string_view text, std::string_view form) {
  return text.size() == form.size() && std::equal(text.begin(), text.end(), form.begin(),
                                                  [](char c, char f) { return f == '9' ? is_digit(c) : c == f; });
}

// The digits of a text that people space out, without what separates them; `size` is over `Count` when there are more
// than that, or anything else.
template <std::size_t Count>
struct Bare {
  std::array<char, Count> characters{};
  std::size_t size = 0;
  Bare(std::string_view text, std::string_view separators) {
    for (char c : text) {
      if (is_digit(c) && size < Count) {
        characters[size++] = c;
      } else if (separators.find(c) == separators.npos) {
        size = Count + 1;
        return;
      }
    }
  }
  std::string_view view() const { return {characters.data(), std::min(size, Count)}; }
  bool complete() const { return size == Count; }
};

// The 38 provinces of Kepmendagri 300.2.2-2138/2025.
bool is_province(unsigned code) {
  return (code >= 11 && code <= 19) || code == 21 || (code >= 31 && code <= 36) || (code >= 51 && code <= 53) ||
         (code >= 61 && code <= 65) || (code >= 71 && code <= 76) || code == 81 || code == 82 ||
         (code >= 91 && code <= 96);
}

// The century is not known: 2000 + yy is a leap year when either is.
bool is_short_date(std::string_view text, std::size_t at, unsigned day) {
  return is_calendar_day(2000 + two(text, at + 4), two(text, at + 2), day);
}
unsigned birthday_of_nik(std::string_view text) {
  unsigned day = two(text, 6);
  return day > 40 ? day - 40 : day;  // women
}

}  // namespace

// ---- persons and families ----

bool is_nik(std::string_view text) {
  return digits(text, 16) && is_short_date(text, 6, birthday_of_nik(text)) && text.substr(12) != "0000";
}

FixedWords nik_why(std::string_view text) {
  if (!digits(text, 16)) return {};
  unsigned month = two(text, 8);
  if (month < 1 || month > 12) {
    return {"digits 9 and 10 of a NIK are the month of birth, 01 to 12",
            "angka ke-9 dan ke-10 NIK adalah bulan lahir, 01 sampai 12"};
  }
  if (!is_short_date(text, 6, birthday_of_nik(text))) {
    return {
        "digits 7 to 12 of a NIK are the date of birth (ddmmyy, the day plus 40 for women), and this day does not "
        "exist",
        "angka ke-7 sampai ke-12 NIK adalah tanggal lahir (hhbbtt, tanggal ditambah 40 untuk perempuan), dan tanggal "
        "ini tidak ada"};
  }
  if (text.substr(12) == "0000") {
    return {"the last four digits of a NIK count from 0001", "empat angka terakhir NIK dimulai dari 0001"};
  }
  return {};
}

FixedWords nik_doubt(std::string_view text) {
  if (is_province(two(text, 0))) return {};
  return {
      "digits 1 and 2 of a NIK are the province of first registration, and no province has this code today",
      "angka ke-1 dan ke-2 NIK adalah provinsi tempat pertama didaftarkan, dan kini tidak ada provinsi berkode ini"};
}

bool is_no_kk(std::string_view text) {
  return digits(text, 16);
}

FixedWords no_kk_doubt(std::string_view text) {
  if (!is_province(two(text, 0))) {
    return {"digits 1 and 2 of a family card number are the province, and no province has this code today",
            "angka ke-1 dan ke-2 nomor KK adalah provinsi, dan kini tidak ada provinsi berkode ini"};
  }
  if (!is_short_date(text, 6, two(text, 6))) {
    return {"digits 7 to 12 of a family card number are the date of recording (ddmmyy), and this day does not exist",
            "angka ke-7 sampai ke-12 nomor KK adalah tanggal pencatatan (hhbbtt), dan tanggal ini tidak ada"};
  }
  return {};
}

// ---- civil servants ----

namespace {

using Nip = Bare<18>;

// Digits 13 and 14: the month of appointment; PPPK carry the count of their appointment here, from 21 on.
bool is_appointment(unsigned digits_13_and_14) {
  return (digits_13_and_14 >= 1 && digits_13_and_14 <= 12) || digits_13_and_14 >= 21;
}
bool has_birthday(std::string_view nip) {
  return is_calendar_day(two(nip, 0) * 100 + two(nip, 2), two(nip, 4), two(nip, 6));
}

}  // namespace

bool is_nip(std::string_view text) {
  Nip bare(text, " .");
  auto nip = bare.view();
  return bare.complete() && has_birthday(nip) && is_appointment(two(nip, 12)) && (nip[14] == '1' || nip[14] == '2');
}

FixedWords nip_why(std::string_view text) {
  Nip bare(text, " .");
  auto nip = bare.view();
  if (bare.size == 9) {
    return {"this is the old NIP of 9 digits; write the one of 18 digits that replaced it",
            "ini NIP lama dengan 9 angka; tulis NIP baru dengan 18 angka yang menggantikannya"};
  }
  if (!bare.complete()) return {};
  if (!has_birthday(nip)) {
    return {"digits 1 to 8 of a NIP are the date of birth (yyyymmdd), and this day does not exist",
            "angka ke-1 sampai ke-8 NIP adalah tanggal lahir (ttttbbhh), dan tanggal ini tidak ada"};
  }
  if (!is_appointment(two(nip, 12))) {
    return {"digits 13 and 14 of a NIP are the month of appointment, 01 to 12, or for PPPK 21 and above",
            "angka ke-13 dan ke-14 NIP adalah bulan pengangkatan, 01 sampai 12, atau untuk PPPK 21 ke atas"};
  }
  if (nip[14] != '1' && nip[14] != '2') {
    return {"digit 15 of a NIP is 1 (man) or 2 (woman)", "angka ke-15 NIP adalah 1 (laki-laki) atau 2 (perempuan)"};
  }
  return {};
}

FixedWords nip_doubt(std::string_view text) {
  Nip bare(text, " .");
  unsigned born = two(bare.view(), 0) * 100 + two(bare.view(), 2);
  unsigned appointed = two(bare.view(), 8) * 100 + two(bare.view(), 10);
  if (appointed >= born + 15 && appointed <= born + 65) return {};
  return {"digits 9 to 12 of a NIP are the year of appointment, and it does not fit the year of birth",
          "angka ke-9 sampai ke-12 NIP adalah tahun pengangkatan, dan tidak sesuai dengan tahun lahir"};
}

// ---- taxes, land, companies ----

bool is_npwp(std::string_view text) {
  return digits(text, 16) || digits(text, 15) || digits(text, 22) || has_form(text, "99.999.999.9-999.999");
}

FixedWords npwp_doubt(std::string_view text) {
  if (text.size() == 15 || text.size() == 20) {
    return {
        "this is the old NPWP of 15 digits; since PMK 112/2022 it has 16: a resident's NIK, else 0 and the 15 digits",
        "ini NPWP lama dengan 15 angka; sejak PMK 112/2022 menjadi 16 angka: NIK bagi penduduk, selain itu 0 dan 15 "
        "angka itu"};
  }
  if (text.front() == '0' || is_nik(text.substr(0, 16))) return {};
  return {"an NPWP of 16 digits is a resident's NIK or begins with 0, and this is neither",
          "NPWP 16 angka adalah NIK penduduk atau diawali 0, dan ini bukan keduanya"};
}

bool is_nop(std::string_view text) {
  return Bare<18>(text, ".-").complete();
}

FixedWords nop_doubt(std::string_view text) {
  char mark = text.back();
  if (mark == '0' || mark == '9' || mark == '7') return {};
  return {"the last digit of a NOP is its mark: 0 ordinary, 9 jointly used, 7 a SISTEP record",
          "angka terakhir NOP adalah tandanya: 0 biasa, 9 milik bersama, 7 data SISTEP"};
}

bool is_nib(std::string_view text) {
  return digits(text, 13);
}

// ---- schools ----

bool is_nisn(std::string_view text) {
  return digits(text, 10);
}

FixedWords nisn_doubt(std::string_view text) {
  unsigned year = static_cast<unsigned>(text[0] - '0') * 100 + two(text, 1);
  if (year <= 30 || year >= 950) return {};
  return {
      "digits 1 to 3 of a NISN are the last three of the year of birth (010 for 2010), and no pupil was born then",
      "angka ke-1 sampai ke-3 NISN adalah tiga angka terakhir tahun lahir (010 untuk 2010), dan tidak ada siswa yang "
      "lahir pada tahun itu"};
}

bool is_npsn(std::string_view text) {
  if (text.size() == 8 && (text.front() == 'K' || text.front() == 'P')) return digits(text.substr(1), 7);
  return digits(text, 8) || digits(text, 6);
}

// ---- regions and accounts ----

bool is_kode_wilayah(std::string_view text) {
  switch (text.size()) {
    case 2:
    case 4:
    case 6:
    case 10:
      return digits(text, text.size());
    case 5:
    case 8:
    case 13:
      return has_form(text, std::string_view("99.99.99.9999").substr(0, text.size()));
    default:
      return false;
  }
}

FixedWords kode_wilayah_doubt(std::string_view text) {
  if (!is_province(two(text, 0))) {
    return {"the first two digits of a region code are the province, and no province has this code today",
            "dua angka pertama kode wilayah adalah provinsi, dan kini tidak ada provinsi berkode ini"};
  }
  std::size_t fourth = text.size() == 13 ? 9 : text.size() == 10 ? 6 : 0;
  if (fourth == 0 || (text[fourth] >= '1' && text[fourth] <= '3')) return {};
  return {"the last four digits of a region code begin with 1 (kelurahan), 2 (desa) or 3 (desa adat)",
          "empat angka terakhir kode wilayah diawali 1 (kelurahan), 2 (desa), atau 3 (desa adat)"};
}

// Six levels: akun.kelompok.jenis.objek.rincian.sub-rincian. The last two are 2 and 3 digits wide in Permendagri
// 90/2019, 2 and 4 in SIPD, 3 and 5 in the file of standard prices.
bool is_kode_rekening(std::string_view text) {
  constexpr std::string_view forms[] = {"9.9.99.99.99.999", "9.9.99.99.99.9999", "9.9.99.99.999.99999"};
  constexpr std::size_t whole_levels[] = {1, 3, 6, 9, 12};  // where a shorter code ends
  for (auto form : forms) {
    if (has_form(text, form)) return true;
  }
  return std::any_of(std::begin(whole_levels), std::end(whole_levels),
                     [&](std::size_t size) { return has_form(text, forms[0].substr(0, size)); }) ||
         has_form(text, forms[2].substr(0, 13));
}

FixedWords kode_rekening_why(std::string_view text) {
  if (!text.ends_with('.') || !is_kode_rekening(text.substr(0, text.size() - 1))) return {};
  return {"an account code does not end with a dot", "kode rekening tidak diakhiri titik"};
}

FixedWords kode_rekening_doubt(std::string_view text) {
  if (text.front() >= '1' && text.front() <= '8') return {};
  return {"the first digit of an account code is the akun, 1 to 8 (Permendagri 90/2019)",
          "angka pertama kode rekening adalah akun, 1 sampai 8 (Permendagri 90/2019)"};
}

// ---- vehicles ----

bool is_nrkb(std::string_view text) {
  std::size_t at = 0;
  auto take = [&](bool (*allowed)(char), std::size_t most) {
    std::size_t count = 0;
    while (count < most && at < text.size() && allowed(text[at])) ++count, ++at;
    return count;
  };
  auto skip_space = [&] { at += at < text.size() && text[at] == ' '; };
  if (take(is_capital, 2) == 0) return false;
  skip_space();
  if (take(is_digit, 4) == 0) return false;
  if (at == text.size()) return true;
  skip_space();
  return take(is_capital, 3) > 0 && at == text.size();
}

FixedWords nrkb_why(std::string_view text) {
  if (std::none_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; })) return {};
  return {"the letters of a number plate are capitals", "huruf pada nomor kendaraan ditulis besar"};
}

FixedWords nrkb_doubt(std::string_view text) {
  auto number = std::find_if(text.begin(), text.end(), is_digit);
  if (number != text.end() && *number != '0') return {};
  return {"the number on a plate does not begin with 0", "angka pada nomor kendaraan tidak diawali 0"};
}

}  // namespace simpul
