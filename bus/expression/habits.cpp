#include "bus/expression/habits.h"

#include <span>

namespace simpul::cel {

namespace {

struct Habit {
  std::string_view written, hint;
};

// The longer before what they begin with.
constexpr Habit symbols[] = {
    {"=>", "write >= to compare; what a list's items must satisfy is written data.anggota.exists(x, x.umur > 17)"},
    {"=", "write == to compare; an expression assigns nothing"},
    {"&", "write && for \"and\""},
    {"|", "write || for \"or\"; what other languages pipe is a method here: data.nama.trim()"},
    {"^", "write math.bitXor(a, b) for bits, a != b for one of two conditions"},
    {"~", "write text.matches(\"pattern\") for patterns, math.bitNot(a) for bits"},
    {";", "an expression is one value: leave the semicolon out"},
    {"${", "write the name alone: data.nik; texts are joined with +: \"NIK \" + data.nik"},
    {"$", "write the name alone: data.nik"},
    {"@", "write a field that begins with @ in brackets: data[\"@id\"]"},
    {"#", "a comment begins with //"},
    {"\\", "a backslash stands in texts only; an expression may go on in the next line without it"},
    {"\u201C", "write straight quotes: \"text\""},
    {"\u201D", "write straight quotes: \"text\""},
    {"\u201E", "write straight quotes: \"text\""},
    {"\u2018", "write straight quotes: 'text'"},
    {"\u2019", "write straight quotes: 'text'"},
    {"\u00AB", "write straight quotes: \"text\""},
    {"\u00A0", "this is a no-break space, as word processors put it: write a plain one"},
    {"\u2212", "this is a typographic minus: write -"},
    {"\u2013", "this is a dash: write -"},
    {"\u2014", "this is a dash: write -"},
    {"\u00D7", "write * to multiply"},
    {"\u00F7", "write / to divide"},
    {"\u2260", "write !="},
    {"\u2264", "write <="},
    {"\u2265", "write >="},
};

constexpr Habit words[] = {
    {"and", "write && for \"and\""},
    {"or", "write || for \"or\""},
    {"not", "write ! for \"not\": !has(data.nama)"},
    {"xor", "write a != b for one of two conditions"},
    {"is", "write == to compare: data.nama == null; has(data.nama) asks whether the field is there"},
    {"eq", "write =="},
    {"ne", "write !="},
    {"gt", "write >"},
    {"ge", "write >="},
    {"lt", "write <"},
    {"le", "write <="},
    {"mod", "write %"},
    {"div", "write /"},
    {"like", "write data.nama.contains(\"SITI\"), startsWith, endsWith or matches"},
    {"between", "write a >= 1 && a <= 9"},
    {"then", "write a condition as: condition ? value : otherwise"},
    {"elif", "write a condition as: condition ? value : otherwise"},
    {"else", "write a condition as: condition ? value : otherwise"},
    {"if", "write a condition as: condition ? value : otherwise"},
    {"when", "write a condition as: condition ? value : otherwise"},
    {"case", "write a condition as: condition ? value : otherwise"},
    {"for", "write over a list: data.anggota.map(x, x.nik), or exists, all, filter"},
    {"loop", "write over a list: data.anggota.map(x, x.nik), or exists, all, filter"},
    {"while", "write over a list: data.anggota.map(x, x.nik), or exists, all, filter"},
    {"let", "name a value in the route's let, or with cel.bind(name, value, expression)"},
    {"var", "name a value in the route's let, or with cel.bind(name, value, expression)"},
    {"const", "name a value in the route's let, or with cel.bind(name, value, expression)"},
    {"return", "write the value alone"},
    {"function", "an expression defines no functions; name a value in the route's let"},
    {"lambda", "an expression defines no functions: data.anggota.map(x, x.nik)"},
    {"typeof", "write type(a)"},
    {"instanceof", "write type(a) == string"},
    {"new", "an expression makes values without new: date(\"2026-03-05\")"},
};

constexpr Habit names[] = {
    {"None", "write null"},
    {"nil", "write null"},
    {"NULL", "write null"},
    {"Null", "write null"},
    {"undefined", "write has(data.nama) to ask whether a field is there, null for a null"},
    {"True", "write true"},
    {"TRUE", "write true"},
    {"False", "write false"},
    {"FALSE", "write false"},
    {"this", "write the variable: data"},
    {"self", "write the variable: data"},
    {"payload", "write data"},
    {"body", "write data"},
    {"event", "an event's attributes stand alone: type, source, subject, time, data"},
    {"now", "there is no clock in an expression: take the event's time"},
};

constexpr Habit functions[] = {
    {"len", "write size(x)"},
    {"length", "write size(x)"},
    {"count", "write size(x)"},
    {"strlen", "write size(x)"},
    {"toLowerCase", "write x.lowerAscii()"},
    {"toLower", "write x.lowerAscii()"},
    {"lower", "write x.lowerAscii()"},
    {"toUpperCase", "write x.upperAscii()"},
    {"toUpper", "write x.upperAscii()"},
    {"upper", "write x.upperAscii()"},
    {"strip", "write x.trim()"},
    {"includes", "write x.contains(\"text\"), or item in list"},
    {"has_key", "write key in map, or has(map.key)"},
    {"hasOwnProperty", "write key in map, or has(map.key)"},
    {"substr", "write x.substring(begin, end)"},
    {"slice", "write x.substring(begin, end) for a text"},
    {"some", "write list.exists(x, condition)"},
    {"any", "write list.exists(x, condition)"},
    {"every", "write list.all(x, condition)"},
    {"find", "write list.filter(x, condition)[0], where one is sure to be there"},
    {"forEach", "write list.map(x, value)"},
    {"parseInt", "write int(x)"},
    {"parseFloat", "write double(x)"},
    {"Number", "write int(x) or double(x)"},
    {"String", "write string(x)"},
    {"str", "write string(x)"},
    {"toString", "write string(x)"},
    {"to_string", "write string(x)"},
    {"float", "write double(x)"},
    {"number", "write int(x) or double(x)"},
    {"boolean", "write bool(x)"},
    {"typeof", "write type(x)"},
    {"concat", "write a + b"},
    {"coalesce", "write data.?nama.orValue(\"-\")"},
    {"ifnull", "write data.?nama.orValue(\"-\")"},
    {"nvl", "write data.?nama.orValue(\"-\")"},
    {"default", "write data.?nama.orValue(\"-\")"},
    {"isNull", "write x == null; has(data.nama) asks whether the field is there"},
    {"is_null", "write x == null; has(data.nama) asks whether the field is there"},
    {"exist", "write has(data.nama), or list.exists(x, condition)"},
    {"isEmpty", "write size(x) == 0"},
    {"empty", "write size(x) == 0"},
    {"iif", "write condition ? value : otherwise"},
    {"IIF", "write condition ? value : otherwise"},
    {"IF", "write condition ? value : otherwise"},
    {"now", "there is no clock in an expression: take the event's time"},
    {"today", "there is no clock in an expression: take the event's time"},
    {"random", "there is no chance in an expression: uuid5 makes the same identifier of the same values"},
    {"uuid", "write uuid5(namespace, name): the same values give the same identifier"},
    {"regex", "write x.matches(\"pattern\")"},
    {"match", "write x.matches(\"pattern\")"},
    {"test", "write x.matches(\"pattern\")"},
    {"startswith", "write x.startsWith(\"text\")"},
    {"endswith", "write x.endsWith(\"text\")"},
};

constexpr Habit fields[] = {
    {"length", "write size(x)"},
    {"size", "write size(x)"},
    {"count", "write size(x)"},
};

std::string same(std::span<const Habit> habits, std::string_view written) {
  for (const auto& habit : habits) {
    if (habit.written == written) return std::string(habit.hint);
  }
  return {};
}

}  // namespace

std::string hint_for_symbol(std::string_view rest) {
  for (const auto& habit : symbols) {
    if (rest.starts_with(habit.written)) return std::string(habit.hint);
  }
  return "put text into quotes";
}

std::string hint_for_word(std::string_view word) {
  if (word == "AND" || word == "And") word = "and";
  if (word == "OR" || word == "Or") word = "or";
  if (word == "NOT" || word == "Not") word = "not";
  if (word == "IS") word = "is";
  if (word == "LIKE") word = "like";
  if (word == "BETWEEN") word = "between";
  if (word == "IN") return "write in, in small letters: data.kode in [\"1\", \"2\"]";
  return same(words, word);
}

std::string hint_for_name(std::string_view name) {
  const auto hint = same(names, name);
  return hint.empty() ? hint_for_word(name) : hint;
}

std::string hint_for_function(std::string_view name) {
  const auto hint = same(functions, name);
  return hint.empty() ? hint_for_word(name) : hint;
}

std::string hint_for_field(std::string_view name) {
  return same(fields, name);
}

}  // namespace simpul::cel
