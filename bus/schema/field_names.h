// What a field's name tells in the data of a city: which identifier it holds, and whether it is about a person. A
// guess, to be said as one: `infer` drafts by it and `lint` asks by it; nothing is refused or masked by it.
//
// Names are read as words: NIK_IBU, nikIbu and nik-ibu are "nik ibu".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bus/schema/schema.h"

namespace simpul {

std::string words_of_name(std::string_view name);  // "nik ibu"

// The format that a field of this name most likely has: "nik" of nik, NIK_IBU and nikPelapor. Empty: it tells nothing.
std::string_view format_by_name(std::string_view name);
// The same, for names that are the identifier's own and nothing more: nik, no_kk, NIP.
std::string_view identifier_of_name(std::string_view name);
// The class of UU 27/2022 art. 4 that the name suggests; null: it suggests none.
std::optional<PersonalData> personal_by_name(std::string_view name);
// Names of code lists: jenis_…, status_…, kode_….
bool names_a_code(std::string_view name);

}  // namespace simpul
