#include "bus/schema/field_names.h"

#include <algorithm>
#include <array>

namespace simpul {
namespace {

struct Phrase {
  std::string_view words, format;
};

constexpr std::array identifiers{Phrase{"nik", "nik"},       Phrase{"no kk", "no-kk"}, Phrase{"nomor kk", "no-kk"},
                                 Phrase{"nokk", "no-kk"},    Phrase{"nip", "nip"},     Phrase{"npwp", "npwp"},
                                 Phrase{"nop", "nop"},       Phrase{"nib", "nib"},     Phrase{"nisn", "nisn"},
                                 Phrase{"npsn", "npsn"},     Phrase{"nrkb", "nrkb"},   Phrase{"nopol", "nrkb"},
                                 Phrase{"no polisi", "nrkb"}};

constexpr std::array others{Phrase{"kode wilayah", "kode-wilayah"}, Phrase{"kd wilayah", "kode-wilayah"},
                            Phrase{"kode rekening", "kode-rekening"}, Phrase{"email", "email"},
                            Phrase{"e mail", "email"}};

// Health, biometrics, genetics, crime records, children's data, personal finance (art. 4 (2)).
constexpr std::array<std::string_view, 37> specific{"diagnosa",
                                                    "diagnosis",
                                                    "penyakit",
                                                    "icd",
                                                    "golongan darah",
                                                    "gol darah",
                                                    "gol drh",
                                                    "goldar",
                                                    "alergi",
                                                    "disabilitas",
                                                    "cacat",
                                                    "hamil",
                                                    "kehamilan",
                                                    "rekam medis",
                                                    "no rm",
                                                    "no rawat",
                                                    "no bpjs",
                                                    "sebab mati",
                                                    "sebab kematian",
                                                    "biometrik",
                                                    "sidik jari",
                                                    "iris",
                                                    "genetik",
                                                    "pidana",
                                                    "catatan kriminal",
                                                    "gaji",
                                                    "penghasilan",
                                                    "pendapatan",
                                                    "tunjangan",
                                                    "no rekening",
                                                    "nomor rekening",
                                                    "no rek",
                                                    "rek bank",
                                                    "rekening bank",
                                                    "saldo",
                                                    "tabungan",
                                                    "utang"};

// Names, identifiers and what together tells who somebody is (art. 4 (3)).
constexpr std::array<std::string_view, 63> general{"nik",
                                                   "no kk",
                                                   "nomor kk",
                                                   "nokk",
                                                   "nip",
                                                   "npwp",
                                                   "nisn",
                                                   "ktp",
                                                   "no ktp",
                                                   "paspor",
                                                   "passport",
                                                   "nama lengkap",
                                                   "nama lgkp",
                                                   "nm lengkap",
                                                   "nama ibu",
                                                   "nama ayah",
                                                   "nama wp",
                                                   "nm wp",
                                                   "nm pasien",
                                                   "nama pasien",
                                                   "nama pemohon",
                                                   "nama kepala",
                                                   "nama pelapor",
                                                   "nama pegawai",
                                                   "nama penerima",
                                                   "nama anak",
                                                   "nama siswa",
                                                   "full name",
                                                   "first name",
                                                   "last name",
                                                   "alamat",
                                                   "address",
                                                   "tanggal lahir",
                                                   "tgl lahir",
                                                   "tgl lhr",
                                                   "tempat lahir",
                                                   "tmpt lhr",
                                                   "tmp lahir",
                                                   "birth date",
                                                   "date of birth",
                                                   "telepon",
                                                   "telp",
                                                   "no hp",
                                                   "nomor hp",
                                                   "handphone",
                                                   "phone",
                                                   "whatsapp",
                                                   "email",
                                                   "e mail",
                                                   "jenis kelamin",
                                                   "jenis klmin",
                                                   "kelamin",
                                                   "agama",
                                                   "status kawin",
                                                   "stat kwn",
                                                   "status perkawinan",
                                                   "kewarganegaraan",
                                                   "foto",
                                                   "pelapor",
                                                   "nopol",
                                                   "nrkb",
                                                   "kepala keluarga",
                                                   "jalan wp"};

// Alone they name a person; behind another word (nama_produk, nama_jalan) they do not.
constexpr std::array<std::string_view, 8> whole_names{"nama", "nm", "name", "rt", "rw", "hp", "jk", "sex"};

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || is_upper(c) || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

std::string joined(std::string_view words) {
  std::string out(words);
  std::erase(out, ' ');
  return out;
}

// The phrase stands in the words, whole words only; or it is all of them, written without a gap (tanggallahir).
bool has_phrase(const std::string& words, std::string_view phrase) {
  for (auto at = words.find(phrase); at != words.npos; at = words.find(phrase, at + 1)) {
    auto end = at + phrase.size();
    if ((at == 0 || words[at - 1] == ' ') && (end == words.size() || words[end] == ' ')) return true;
  }
  return joined(words) == joined(phrase);
}

}  // namespace

std::string words_of_name(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    char c = name[i];
    if (!is_word(c)) {
      if (!out.empty() && out.back() != ' ') out += ' ';
      continue;
    }
    // A capital begins a word behind a small letter (tglLahir), or before one (NIKIbu).
    bool begins = is_upper(c) && i > 0 && is_word(name[i - 1]) &&
                  (!is_upper(name[i - 1]) || (i + 1 < name.size() && name[i + 1] >= 'a' && name[i + 1] <= 'z'));
    if (begins && out.back() != ' ') out += ' ';
    out += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

std::string_view format_by_name(std::string_view name) {
  auto words = words_of_name(name);
  for (const auto& phrase : identifiers)
    if (has_phrase(words, phrase.words)) return phrase.format;
  for (const auto& phrase : others)
    if (has_phrase(words, phrase.words)) return phrase.format;
  return {};
}

std::string_view identifier_of_name(std::string_view name) {
  auto words = words_of_name(name);
  for (const auto& phrase : identifiers)
    if (words == phrase.words) return phrase.format;
  return {};
}

std::optional<PersonalData> personal_by_name(std::string_view name) {
  auto words = words_of_name(name);
  auto has = [&](std::string_view phrase) { return has_phrase(words, phrase); };
  if (std::ranges::any_of(specific, has)) return PersonalData::specific;
  if (std::ranges::find(whole_names, words) != whole_names.end() || std::ranges::any_of(general, has))
    return PersonalData::general;
  return std::nullopt;
}

bool names_a_code(std::string_view name) {
  auto words = words_of_name(name);
  auto first = std::string_view(words).substr(0, words.find(' '));
  constexpr std::array<std::string_view, 8> starts{"jenis", "jns", "status", "stat", "sts", "tipe", "type", "kategori"};
  return std::ranges::find(starts, first) != starts.end();
}

}  // namespace simpul
