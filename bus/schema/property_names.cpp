#include "bus/schema/property_names.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace simpul::regex {
namespace {

using Names = std::map<std::string_view, std::string_view>;

// Unicode's PropertyValueAliases for General_Category.
const Names& categories() {
  static const Names names{{"Letter", "L"},
                           {"Cased_Letter", "LC"},
                           {"Uppercase_Letter", "Lu"},
                           {"Lowercase_Letter", "Ll"},
                           {"Titlecase_Letter", "Lt"},
                           {"Modifier_Letter", "Lm"},
                           {"Other_Letter", "Lo"},
                           {"Mark", "M"},
                           {"Combining_Mark", "M"},
                           {"Nonspacing_Mark", "Mn"},
                           {"Spacing_Mark", "Mc"},
                           {"Enclosing_Mark", "Me"},
                           {"Number", "N"},
                           {"Decimal_Number", "Nd"},
                           {"digit", "Nd"},
                           {"Letter_Number", "Nl"},
                           {"Other_Number", "No"},
                           {"Punctuation", "P"},
                           {"punct", "P"},
                           {"Connector_Punctuation", "Pc"},
                           {"Dash_Punctuation", "Pd"},
                           {"Open_Punctuation", "Ps"},
                           {"Close_Punctuation", "Pe"},
                           {"Initial_Punctuation", "Pi"},
                           {"Final_Punctuation", "Pf"},
                           {"Other_Punctuation", "Po"},
                           {"Symbol", "S"},
                           {"Math_Symbol", "Sm"},
                           {"Currency_Symbol", "Sc"},
                           {"Modifier_Symbol", "Sk"},
                           {"Other_Symbol", "So"},
                           {"Separator", "Z"},
                           {"Space_Separator", "Zs"},
                           {"Line_Separator", "Zl"},
                           {"Paragraph_Separator", "Zp"},
                           {"Other", "C"},
                           {"Control", "Cc"},
                           {"cntrl", "Cc"},
                           {"Format", "Cf"},
                           {"Surrogate", "Cs"},
                           {"Private_Use", "Co"},
                           {"Unassigned", "Cn"}};
  return names;
}

// The short names of scripts that a city may meet; the long ones are RE2's own.
const Names& scripts() {
  static const Names names{{"Arab", "Arabic"},    {"Bali", "Balinese"}, {"Batk", "Batak"},      {"Beng", "Bengali"},
                           {"Bugi", "Buginese"},  {"Cyrl", "Cyrillic"}, {"Deva", "Devanagari"}, {"Grek", "Greek"},
                           {"Hang", "Hangul"},    {"Hani", "Han"},      {"Hebr", "Hebrew"},     {"Hira", "Hiragana"},
                           {"Java", "Javanese"},  {"Kana", "Katakana"}, {"Khmr", "Khmer"},      {"Laoo", "Lao"},
                           {"Latn", "Latin"},     {"Maka", "Makasar"},  {"Mymr", "Myanmar"},    {"Rjng", "Rejang"},
                           {"Sund", "Sundanese"}, {"Taml", "Tamil"},    {"Thai", "Thai"},       {"Tibt", "Tibetan"},
                           {"Zinh", "Inherited"}, {"Zyyy", "Common"}};
  return names;
}

// ECMA-262 table 68: binary properties, all but Any, ASCII and Assigned.
constexpr std::string_view binary[] = {"ASCII_Hex_Digit",
                                       "AHex",
                                       "Alphabetic",
                                       "Alpha",
                                       "Bidi_Control",
                                       "Bidi_C",
                                       "Bidi_Mirrored",
                                       "Bidi_M",
                                       "Case_Ignorable",
                                       "CI",
                                       "Cased",
                                       "Changes_When_Casefolded",
                                       "CWCF",
                                       "Changes_When_Casemapped",
                                       "CWCM",
                                       "Changes_When_Lowercased",
                                       "CWL",
                                       "Changes_When_NFKC_Casefolded",
                                       "CWKCF",
                                       "Changes_When_Titlecased",
                                       "CWT",
                                       "Changes_When_Uppercased",
                                       "CWU",
                                       "Dash",
                                       "Default_Ignorable_Code_Point",
                                       "DI",
                                       "Deprecated",
                                       "Dep",
                                       "Diacritic",
                                       "Dia",
                                       "Emoji",
                                       "Emoji_Component",
                                       "EComp",
                                       "Emoji_Modifier",
                                       "EMod",
                                       "Emoji_Modifier_Base",
                                       "EBase",
                                       "Emoji_Presentation",
                                       "EPres",
                                       "Extended_Pictographic",
                                       "ExtPict",
                                       "Extender",
                                       "Ext",
                                       "Grapheme_Base",
                                       "Gr_Base",
                                       "Grapheme_Extend",
                                       "Gr_Ext",
                                       "Hex_Digit",
                                       "Hex",
                                       "IDS_Binary_Operator",
                                       "IDSB",
                                       "IDS_Trinary_Operator",
                                       "IDST",
                                       "ID_Continue",
                                       "IDC",
                                       "ID_Start",
                                       "IDS",
                                       "Ideographic",
                                       "Ideo",
                                       "Join_Control",
                                       "Join_C",
                                       "Logical_Order_Exception",
                                       "LOE",
                                       "Lowercase",
                                       "Lower",
                                       "Math",
                                       "Noncharacter_Code_Point",
                                       "NChar",
                                       "Pattern_Syntax",
                                       "Pat_Syn",
                                       "Pattern_White_Space",
                                       "Pat_WS",
                                       "Quotation_Mark",
                                       "QMark",
                                       "Radical",
                                       "Regional_Indicator",
                                       "RI",
                                       "Sentence_Terminal",
                                       "STerm",
                                       "Soft_Dotted",
                                       "SD",
                                       "Terminal_Punctuation",
                                       "Term",
                                       "Unified_Ideograph",
                                       "UIdeo",
                                       "Uppercase",
                                       "Upper",
                                       "Variation_Selector",
                                       "VS",
                                       "White_Space",
                                       "space",
                                       "XID_Continue",
                                       "XIDC",
                                       "XID_Start",
                                       "XIDS"};

CharacterSet assigned() {
  static const Ranges ranges = [] {
    CharacterSet set;
    for (auto name : {"L", "M", "N", "P", "S", "Z", "Cc", "Cf", "Co"}) set.properties.push_back({name});
    auto found = characters_of(set);
    found.push_back({0xd800, 0xdfff});
    normalise(found);
    return found;
  }();
  return {.ranges = ranges};
}

bool is_category(std::string_view name) {
  auto& all = categories();
  return std::any_of(all.begin(), all.end(), [&](const auto& entry) { return entry.second == name; });
}

Result<CharacterSet> category(std::string_view written) {
  auto found = categories().find(written);
  auto name = found == categories().end() ? written : found->second;
  if (!is_category(name)) {
    std::vector<std::string> names;
    for (const auto& [longer, shorter] : categories())
      names.insert(names.end(), {std::string(longer), std::string(shorter)});
    auto meant = nearest(written, names);
    return fail("pattern.syntax", fmt::format("{} is no general category of characters", written),
                fmt::format("write \\p{{{}}}", meant.empty() ? "Letter" : meant));
  }
  // RE2 has no Cn and leaves it out of C.
  if (name == "LC") return CharacterSet{.properties = {{"Lu"}, {"Ll"}, {"Lt"}}};
  if (name == "Cn") return CharacterSet{.ranges = inverted(assigned().ranges)};
  if (name == "C") {
    CharacterSet set;
    for (auto part : {"L", "M", "N", "P", "S", "Z"}) set.properties.push_back({part});
    return CharacterSet{.ranges = inverted(characters_of(set))};
  }
  return CharacterSet{.properties = {{std::string(name)}}};
}

Result<CharacterSet> script(std::string_view written) {
  auto found = scripts().find(written);
  auto name = found == scripts().end() ? written : found->second;
  if (name != "Any" && !is_category(name) && is_property(name))
    return CharacterSet{.properties = {{std::string(name)}}};
  return fail("pattern.unsupported", fmt::format("{} is no script known here", written),
              "write Unicode's long name of the script: \\p{Script=Greek}");
}

}  // namespace

Result<CharacterSet> property_of(std::string_view text) {
  if (auto equals = text.find('='); equals != text.npos) {
    auto kind = text.substr(0, equals), value = text.substr(equals + 1);
    if (kind == "General_Category" || kind == "gc") return category(value);
    if (kind == "Script" || kind == "sc") return script(value);
    return fail("pattern.unsupported", fmt::format("the property {} is not supported", kind),
                "use a general category or a script: \\p{Letter}, \\p{Script=Greek}");
  }
  if (text == "Any") return CharacterSet{.ranges = {{0, last_character}}};
  if (text == "ASCII") return CharacterSet{.ranges = {{0, 0x7f}}};
  if (text == "Assigned") return assigned();
  if (std::find(std::begin(binary), std::end(binary), text) != std::end(binary)) {
    return fail("pattern.unsupported", fmt::format("the property {} is not supported", text),
                "use a general category or a script: \\p{Letter}, \\p{Script=Greek}");
  }
  if (!is_category(text) && is_property(text)) {
    return fail("pattern.syntax", fmt::format("the script {} needs its kind before it", text),
                fmt::format("write \\p{{Script={}}}", text));
  }
  return category(text);
}

}  // namespace simpul::regex
