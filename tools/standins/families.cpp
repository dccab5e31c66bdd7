#include "tools/standins/families.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "bus/base/environment.h"

namespace simpul::standins {

namespace {

constexpr std::array men{"AGUS", "BAYU", "DEDI", "EKO",   "FAJAR", "HENDRA",
                         "IWAN", "JOKO", "RUDI", "WAHYU", "YUSUF", "ARIF"};
constexpr std::array women{"AYU",  "DEWI", "ENDANG", "FITRI", "INDAH", "LESTARI",
                           "MAYA", "NUR",  "RATNA",  "SRI",   "WULAN", "YULI"};
constexpr std::array family_names{"SANTOSO", "WIJAYA",  "PRATAMA",  "HIDAYAT",  "SAPUTRA",
                                  "KUSUMA",  "NUGROHO", "SETIAWAN", "RAMADHAN", "MAULANA"};
constexpr std::array streets{"MELATI", "MAWAR", "ANGGREK", "CEMPAKA", "FLAMBOYAN", "BOUGENVILLE", "TERATAI", "DAHLIA"};
constexpr std::array places{"TANGERANG", "JAKARTA", "BOGOR", "SERANG", "YOGYAKARTA", "KUNINGAN"};

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seeded_random(seed)) {}

  // A number that was given out by hand, and is not to be given out again.
  void taken(std::int64_t number) { ++serials_[number / 10000]; }

  Family family() {
    Family family;
    family.kelurahan = below(kelurahan().size());
    family.address = fmt::format("JL {} {} NO {}", pick(streets), below(5) + 1, below(90) + 1);
    family.rt = static_cast<int>(below(9)) + 1;
    family.rw = static_cast<int>(below(12)) + 1;
    const auto& place = kelurahan()[family.kelurahan];
    family.no_kk = number(place.no_kec, static_cast<int>(below(28)) + 1, static_cast<int>(below(12)) + 1,
                          2008 + static_cast<int>(below(15)), false);
    const std::string family_name = pick(family_names);
    const bool couple = below(5) != 0;
    const int born = 1960 + static_cast<int>(below(35));
    family.members.push_back(
        resident(place, born, !couple && below(2) == 0, family_name, couple ? 2 : 3 + static_cast<int>(below(2)), 1));
    if (couple) family.members.push_back(resident(place, born + 2, true, pick(family_names), 2, 3));
    const auto children = below(4);
    for (std::size_t i = 0; i < children; ++i) {
      const int year = std::min(born + 25 + static_cast<int>(3 * i), 2024);
      family.members.push_back(resident(place, year, below(2) == 0, family_name, 1, 4));
    }
    return family;
  }

  // Region, day (of women 40 more), month, year, and the next serial from 9001 on.
  std::int64_t number(int no_kec, int day, int month, int year, bool woman) {
    const std::int64_t prefix =
        ((3671LL * 100 + no_kec) * 100 + day + (woman ? 40 : 0)) * 10000 + month * 100 + year % 100;
    return prefix * 10000 + 9001 + serials_[prefix]++;
  }

  Resident resident(const Kelurahan& place, int year, bool woman, const std::string& family_name, int marital,
                    int relation) {
    const int day = static_cast<int>(below(28)) + 1, month = static_cast<int>(below(12)) + 1;
    Resident out;
    out.nik = number(place.no_kec, day, month, year, woman);
    out.name = fmt::format("{} {}", woman ? pick(women) : pick(men), family_name);
    out.woman = woman;
    out.birth_place = pick(places);
    out.birth_date = fmt::format("{:02}-{:02}-{:04}", day, month, year);
    out.religion = static_cast<int>(below(5)) + 1;
    out.marital = marital;
    out.relation = relation;
    return out;
  }

 private:
  std::size_t below(std::size_t bound) { return random_->next() % bound; }
  template <class List>
  std::string pick(const List& list) {
    return list[below(list.size())];
  }

  std::unique_ptr<Random> random_;
  std::map<std::int64_t, int> serials_;
};

Family first_family() {
  Family family{3671052211269001, "JL KENANGA NO 7", 1, 2, 4, {}};
  family.members = {
      {3671051203809001, "RADEN MAS HARYO SURYANINGRAT KUSUMADININGRAT WIJAYA", false, "YOGYAKARTA", "12-03-1980", 1, 2,
       1},
      {3671055207829001, "SRI WULANDARI KUSUMA", true, "KABUPATEN KEPULAUAN SERIBU", "12-07-1982", 1, 2, 3},
      {3671055908119001, "AYU LESTARI WIJAYA", true, "TANGERANG", "19-08-2011", 1, 1, 4},
      {3671050302149001, "BAYU PRATAMA WIJAYA", false, "TANGERANG", "03-02-2014", 1, 1, 4},
  };
  return family;
}

}  // namespace

const std::vector<Kelurahan>& kelurahan() {
  static const std::vector<Kelurahan> all{
      {1, 1001, "SUKARASA", "TANGERANG", 11, 3},
      {1, 1002, "SUKASARI", "TANGERANG", 12, 3},
      {4, 1001, "BENDA", "BENDA", 9, 7},
      {5, 1001, "CIPONDOH", "CIPONDOH", 21, 5},
      {5, 1003, "CIPONDOH INDAH", "CIPONDOH", 23, 5},
      {5, 1004, "GONDRONG", "CIPONDOH", 24, 5},
      {6, 1001, "SUDIMARA BARAT", "CILEDUG", 31, 9},
      {7, 1001, "KARAWACI", "KARAWACI", 41, 2},
      {7, 1004, "CIMONE", "KARAWACI", 44, 2},
      {8, 1002, "PERIUK", "PERIUK", 52, 8},
      {11, 1003, "PINANG", "PINANG", 63, 4},
      {13, 1002, "LARANGAN UTARA", "LARANGAN", 72, 6},
  };
  return all;
}

std::vector<Family> make_families(std::uint64_t seed, std::size_t count) {
  Maker maker(seed);
  std::vector<Family> families{first_family()};
  maker.taken(families.front().no_kk);
  for (const auto& member : families.front().members) maker.taken(member.nik);
  while (families.size() < count) families.push_back(maker.family());
  return families;
}

}  // namespace simpul::standins
