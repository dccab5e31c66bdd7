// The facts. A format that is a regular language needs no pattern here: language_of_format is exact. A pattern here may
// match more than the format's texts, and never less: where it did, the answer that one schema is contained in another
// would be wrong.
#include "bus/schema/format_facts.h"

#include <algorithm>

namespace simpul {
namespace {

constexpr std::array format_facts{
    FormatFacts{"date", "", {"2026-11-22", "2025-01-01", "1999-12-31"}, {}},
    FormatFacts{"time",
                "^[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?([zZ]|[+-][0-9]{2}:[0-9]{2})$",
                {"07:30:00Z", "23:59:59+07:00", "00:00:00.5Z"},
                {}},
    FormatFacts{"date-time",
                "^[0-9]{4}-[0-9]{2}-[0-9]{2}.[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?([zZ]|[+-][0-9]{2}:[0-9]{2})$",
                {"2026-11-22T07:30:00Z", "2025-01-01T23:59:59+07:00", "1999-12-31T00:00:00.5Z"},
                {}},
    FormatFacts{"duration", "^P[0-9YMWDTHS]+$", {"P3D", "PT90M", "P1Y2M3DT4H5M6S", "P2W"}, {}},
    FormatFacts{"email",
                ".@.",
                {"warga@kota.example", "a@b.id", "nama.panjang+tanda@kantor.kota.example", "\"a b\"@kota.example"},
                {"idn-email"}},
    FormatFacts{"idn-email", "[^]@[^]", {"warga@kota.example", "\xc3\xa9@b.id", "\xe2\x80\xa8@b.id"}, {}},
    FormatFacts{
        "hostname", "^[a-zA-Z0-9.-]+$", {"kota.example", "a", "dukcapil.kota.example", "a-b.id"}, {"idn-hostname"}},
    FormatFacts{"idn-hostname", ".", {"kota.example", "a", "\xc3\xa9.id"}, {}},
    FormatFacts{"ipv4", "", {"192.0.2.1", "10.0.0.1", "203.0.113.255"}, {}},
    FormatFacts{"ipv6", "^[0-9a-fA-F:.]{2,45}$", {"2001:db8::1", "::1", "::"}, {}},
    FormatFacts{"uri",
                ":",
                {"https://kota.example/", "urn:x", "a:b", "https://kota.example/a/b?c=d#e"},
                {"uri-reference", "iri", "iri-reference"}},
    FormatFacts{"uri-reference", "", {"/a/b", "https://kota.example/", "a", ""}, {"iri-reference"}},
    FormatFacts{"iri", ":", {"https://kota.example/", "a:\xc3\xa9"}, {"iri-reference"}},
    FormatFacts{"iri-reference", "", {"/a", "\xc3\xa9", "a:b", ""}, {}},
    FormatFacts{"uri-template", "", {"/warga/{nik}", "a", "https://kota.example/{a}"}, {}},
    FormatFacts{"uuid", "", {"01890a5d-ac96-774b-bcce-b302099a8057", "00000000-0000-0000-0000-000000000000"}, {}},
    FormatFacts{"json-pointer", "", {"/a/b", "", "/a~0b"}, {}},
    FormatFacts{"relative-json-pointer", "^[0-9]", {"0", "1/nama", "0#"}, {}},
    FormatFacts{"regex", "", {"^[a-z]+$", "a", ""}, {}},
    FormatFacts{"nik", "", {"3671015207909001", "3671010101809002"}, {}},
    FormatFacts{"no-kk", "", {"3671012001159001"}, {}},
    FormatFacts{"nip", "", {"198001012005011001", "199002282015032002"}, {}},
    FormatFacts{"npwp", "", {"012345678901234", "3671015207909001"}, {}},
    FormatFacts{"nop", "", {"367101000100100010"}, {}},
    FormatFacts{"nib", "", {"9001000000001"}, {}},
    FormatFacts{"nisn", "", {"0051234567"}, {}},
    FormatFacts{"npsn", "", {"20601234", "K9900001"}, {}},
    FormatFacts{"kode-wilayah", "", {"36.71.01.1001", "3671011001", "36"}, {}},
    FormatFacts{"kode-rekening", "", {"5.1.02.01.01.0024", "5"}, {}},
    FormatFacts{"nrkb", "", {"B 9001 XYZ"}, {}},
};

}  // namespace

const FormatFacts* facts_of_format(std::string_view name) {
  auto found = std::find_if(format_facts.begin(), format_facts.end(),
                            [&](const FormatFacts& facts) { return facts.name == name; });
  return found == format_facts.end() ? nullptr : &*found;
}

}  // namespace simpul
