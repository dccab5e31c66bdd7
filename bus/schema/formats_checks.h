// What formats.cpp's table refers to. Each is_… answers whether the whole text is of the form; those of names that
// are spelt in other scripts allocate, the others do not.
#pragma once

#include <string_view>

#include "bus/schema/formats.h"

namespace simpul {

// formats_names.cpp: hosts and mailboxes
bool is_hostname(std::string_view text);      // RFC 1123 §2.1; A-labels (xn--) stand for a valid U-label
bool is_idn_hostname(std::string_view text);  // RFC 5890 to 5893: IDNA2008, any of the four dots between labels
bool is_email(std::string_view text);         // RFC 5321 §4.1.2 Mailbox
bool is_idn_email(std::string_view text);     // RFC 6531 §3.3

// formats_country.cpp: the identifiers of Indonesian administration
bool is_nik(std::string_view text);
bool is_no_kk(std::string_view text);
bool is_nip(std::string_view text);
bool is_npwp(std::string_view text);
bool is_nop(std::string_view text);
bool is_nib(std::string_view text);
bool is_nisn(std::string_view text);
bool is_npsn(std::string_view text);
bool is_kode_wilayah(std::string_view text);
bool is_kode_rekening(std::string_view text);
bool is_nrkb(std::string_view text);

FixedWords nik_why(std::string_view text);
FixedWords nip_why(std::string_view text);
FixedWords kode_rekening_why(std::string_view text);
FixedWords nrkb_why(std::string_view text);

FixedWords nik_doubt(std::string_view text);
FixedWords no_kk_doubt(std::string_view text);
FixedWords nip_doubt(std::string_view text);
FixedWords npwp_doubt(std::string_view text);
FixedWords nop_doubt(std::string_view text);
FixedWords nisn_doubt(std::string_view text);
FixedWords kode_wilayah_doubt(std::string_view text);
FixedWords kode_rekening_doubt(std::string_view text);
FixedWords nrkb_doubt(std::string_view text);

}  // namespace simpul
