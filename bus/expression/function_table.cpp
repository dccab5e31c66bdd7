#include "bus/expression/functions.h"

#include <array>
#include <vector>

#include "bus/expression/expression.h"

namespace simpul::cel {

namespace {

constexpr unsigned text = SchemaType::string;
constexpr unsigned integer = SchemaType::integer;
constexpr unsigned numeric = SchemaType::integer | SchemaType::number;
constexpr unsigned boolean = SchemaType::boolean;
constexpr unsigned list = SchemaType::array;
constexpr unsigned map = SchemaType::object;
constexpr unsigned any = SchemaType::any;
constexpr unsigned scalar = text | numeric | boolean;

constexpr std::array table = std::to_array<FunctionEntry>({
    // name, method, plain, least, most arguments, their kinds, result
    {"size", true, true, 1, 1, {text | list | map}, integer, text_size},
    {"startsWith", true, false, 2, 2, {text, text}, boolean, starts_with},
    {"endsWith", true, false, 2, 2, {text, text}, boolean, ends_with},
    {"contains", true, false, 2, 2, {text, text}, boolean, contains},
    {"lowerAscii", true, false, 1, 1, {text}, text, lower_ascii},
    {"upperAscii", true, false, 1, 1, {text}, text, upper_ascii},
    {"trim", true, false, 1, 1, {text}, text, trim},
    {"replace", true, false, 3, 4, {text, text, text, integer}, text, replace},
    {"split", true, false, 2, 3, {text, text, integer}, list, split},
    {"join", true, false, 1, 2, {list, text}, text, join},
    {"substring", true, false, 2, 3, {text, integer, integer}, text, substring},
    {"indexOf", true, false, 2, 3, {text, text, integer}, integer, index_of},
    {"lastIndexOf", true, false, 2, 3, {text, text, integer}, integer, last_index_of},
    {"charAt", true, false, 2, 2, {text, integer}, text, char_at},
    {"string", false, true, 1, 1, {scalar}, text, to_text},
    {"int", false, true, 1, 1, {text | numeric}, integer, to_integer},
    {"double", false, true, 1, 1, {text | numeric}, SchemaType::number, to_real},
    {"bool", false, true, 1, 1, {text | boolean}, boolean, to_boolean},
    {"dyn", false, true, 1, 1, {any}, any, to_dyn},
    {"truncate", true, true, 2, 2, {text, integer}, text, truncate},
    {"padLeft", true, true, 3, 3, {text, integer, text}, text, pad_left},
    {"digits", true, true, 1, 1, {text}, text, digits},
    {"title", true, true, 1, 1, {text}, text, title},
    {"sha256", true, true, 1, 1, {text}, text, sha256_hex},
    {"date", true, true, 2, 2, {text, text}, text, date},
    {"formatDate", true, true, 3, 3, {text, text, text}, text, format_date},
});

constexpr std::array unsupported = std::to_array<std::string_view>({
    "uint",
    "bytes",
    "timestamp",
    "duration",
    "type",
    "format",
    "reverse",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getFullYear",
    "getHours",
    "getMilliseconds",
    "getMinutes",
    "getMonth",
    "getSeconds",
    "optMap",
    "optFlatMap",
    "unwrap",
    "unwrapOpt",
    "slice",
    "flatten",
    "distinct",
    "sort",
    "sortBy",
    "first",
    "last",
    "range",
    "sum",
    "min",
    "max",
    "transformMapEntry",
});

const std::vector<FunctionDescription>& descriptions() {
  static const std::vector<FunctionDescription> all = {
      {"all", "list.all(x, condition) -> bool",
       "Whether the condition holds for every item. With two names: index and item, or key and value.",
       "data.anggota.all(a, a.nik != \"\")"},
      {"bool", "bool(text) -> bool", "Reads true or false.", "bool(\"true\")"},
      {"charAt", "text.charAt(int) -> text", "The character at a position, from 0; empty at the end.",
       "data.nik.charAt(0)"},
      {"contains", "text.contains(text) -> bool", "Whether the text holds the other.", "data.nama.contains(\"SRI\")"},
      {"date", "date(text, pattern) -> text",
       "Reads a date by a pattern of dd, mm and yyyy, and writes it as yyyy-mm-dd. A date that does not exist is an "
       "error.",
       "date(data.tgl_lhr, \"dd-mm-yyyy\")"},
      {"digits", "text.digits() -> text", "Only the digits.", "data.nip.digits()"},
      {"double", "double(value) -> double", "A number of a text or an integer.", "double(data.luas)"},
      {"dyn", "dyn(value) -> dyn", "The value without its type: checked at run time only.", "dyn(data.nilai) == 5"},
      {"endsWith", "text.endsWith(text) -> bool", "Whether the text ends with the other.",
       "data.berkas.endsWith(\".pdf\")"},
      {"exists", "list.exists(x, condition) -> bool",
       "Whether the condition holds for some item. With two names: index and item, or key and value.",
       "data.anggota.exists(a, a.stat_hbkel == 1)"},
      {"exists_one", "list.exists_one(x, condition) -> bool",
       "Whether the condition holds for exactly one item. Also written existsOne.",
       "data.anggota.exists_one(a, a.stat_hbkel == 1)"},
      {"filter", "list.filter(x, condition) -> list", "The items for which the condition holds.",
       "data.anggota.filter(a, a.nik.startsWith(\"3671\"))"},
      {"formatDate", "formatDate(text, from, to) -> text", "Writes a date of one pattern in another one.",
       "formatDate(data.tgl_lhr, \"dd-mm-yyyy\", \"yyyymmdd\")"},
      {"has", "has(a.b) -> bool", "Whether the field is there.", "has(data.alamat.rt) && data.alamat.rt == \"001\""},
      {"hasValue", "optional.hasValue() -> bool", "Whether there is a value.", "data.?email.hasValue()"},
      {"indexOf", "text.indexOf(text [, from]) -> int", "The first position of a text, or -1.",
       "data.nama.indexOf(\",\")"},
      {"int", "int(value) -> int", "An integer of a text, or of a number without its fraction.", "int(data.rt)"},
      {"join", "list.join([separator]) -> text", "All texts of a list, one after the other.",
       "[data.jalan, data.rt].join(\" RT \")"},
      {"lastIndexOf", "text.lastIndexOf(text [, from]) -> int", "The last position of a text, or -1.",
       "data.nama.lastIndexOf(\" \")"},
      {"lookup", "lookup(table, key) -> text",
       "The row of a code table of config/codes. A key that is not there is an error, unless the table says otherwise.",
       "lookup(\"jenis_kelamin\", data.jenis_kelamin)"},
      {"lowerAscii", "text.lowerAscii() -> text", "The letters A to Z as a to z.", "data.email.lowerAscii()"},
      {"map", "list.map(x [, condition], value) -> list", "A value for each item (for which the condition holds).",
       "data.anggota.map(a, a.nik)"},
      {"matches", "text.matches(pattern) -> bool",
       "Whether the RE2 pattern is found in the text. The pattern is a literal.", "data.nik.matches(\"^[0-9]{16}$\")"},
      {"optional.none", "optional.none() -> optional", "No value: a map leaf that is none is left out.",
       "data.rt == \"000\" ? optional.none() : optional.of(data.rt)"},
      {"optional.of", "optional.of(value) -> optional", "A value where an optional is wanted.", "optional.of(data.rt)"},
      {"or", "optional.or(optional) -> optional", "This one, or the other when it is none.",
       "data.?email.or(data.?email_lain)"},
      {"orValue", "optional.orValue(value) -> value", "The value, or the other when there is none.",
       "data.?email.orValue(\"-\")"},
      {"padLeft", "text.padLeft(length, fill) -> text", "Fills up on the left to a length in characters.",
       "data.rt.padLeft(3, \"0\")"},
      {"replace", "text.replace(from, to [, limit]) -> text", "Every place (or the first ones) of a text by another.",
       "data.npwp.replace(\".\", \"\")"},
      {"sha256", "sha256(text) -> text", "The SHA-256 hash, in 64 hexadecimal digits.", "sha256(data.nik)"},
      {"size", "size(value) -> int", "Characters of a text, items of a list, entries of a map.",
       "size(data.anggota) > 0"},
      {"split", "text.split(separator [, limit]) -> list", "The parts between separators.",
       "data.kode_wilayah.split(\".\")[0]"},
      {"startsWith", "text.startsWith(text) -> bool", "Whether the text begins with the other.",
       "data.kode_wilayah.startsWith(\"36.71.\")"},
      {"string", "string(value) -> text", "A number or a boolean as text; a JSON number as it was written.",
       "string(data.rt)"},
      {"substring", "text.substring(from [, to]) -> text", "The characters from a position up to another, from 0.",
       "data.nik.substring(0, 6)"},
      {"title", "text.title() -> text", "The first letter of each word large, the others small.", "data.nama.title()"},
      {"transformList", "list.transformList(i, x [, condition], value) -> list",
       "Like map, with index and item, or key and value.", "data.anggota.transformList(i, a, string(i) + a.nik)"},
      {"transformMap", "map.transformMap(k, v [, condition], value) -> map", "A map with the same keys and new values.",
       "data.nilai.transformMap(k, v, string(v))"},
      {"trim", "text.trim() -> text", "Without white space at both ends.", "data.nama.trim()"},
      {"truncate", "text.truncate(length) -> text", "At most so many characters.", "data.alamat.truncate(30)"},
      {"upperAscii", "text.upperAscii() -> text", "The letters a to z as A to Z.", "data.nama.upperAscii()"},
      {"value", "optional.value() -> value", "The value; an error when there is none.", "data.?email.value()"},
  };
  return all;
}

}  // namespace

std::span<const FunctionEntry> functions() {
  return table;
}
std::span<const std::string_view> unsupported_functions() {
  return unsupported;
}

}  // namespace simpul::cel

namespace simpul {

std::span<const FunctionDescription> expression_functions() {
  return cel::descriptions();
}

}  // namespace simpul
