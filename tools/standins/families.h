// Synthetic families of a part of Kota Tangerang. The same seed gives the same people; nobody of them exists:
// every NIK and KK has a serial of 9001 and above, which the registry does not reach.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace simpul::standins {

// Codes of the ministry, and the numbers that the hospital's program gave out itself.
struct Kelurahan {
  int no_kec, no_kel;  // of 36.71
  const char* name;
  const char* kecamatan;
  int khanza_kel, khanza_kec;
};
const std::vector<Kelurahan>& kelurahan();

struct Resident {
  std::int64_t nik = 0;
  std::string name;
  bool woman = false;
  std::string birth_place, birth_date;          // dd-mm-yyyy
  int religion = 1, marital = 1, relation = 1;  // SIAK's codes
};

struct Family {
  std::int64_t no_kk = 0;
  std::string address;
  int rt = 1, rw = 1;
  std::size_t kelurahan = 0;      // index
  std::vector<Resident> members;  // the head first
};

// The first family is always the same: a head whose name is longer than 40 characters, a wife, two children.
std::vector<Family> make_families(std::uint64_t seed, std::size_t count);

}  // namespace simpul::standins
