#include "bus/schema/difference.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "bus/schema/automaton.h"
#include "bus/schema/difference_words.h"
#include "bus/schema/merged.h"
#include "bus/schema/messages.h"

namespace simpul {
namespace {

using difference::below;
using difference::of_path;
using difference::phrase;
using Kind = SchemaChange::Kind;
using Effect = SchemaChange::Effect;

// Pairs of places looked at: all of them, and for the question whether two are the same.
constexpr std::size_t most_pairs = 100'000, most_pairs_of_a_guess = 500;
// Branches are matched by what they say up to this many pairs; beyond, by their place.
constexpr std::size_t most_branch_pairs = 1'024;

Effect opposite(Effect effect) {
  return effect == Effect::narrows ? Effect::widens : effect == Effect::widens ? Effect::narrows : effect;
}

std::string place_of(const Merged& merged, std::string_view keyword) {
  if (merged.parts.empty()) return {};
  const auto& node = merged.part([&](const Node& part) {
    return part.source != nullptr && part.source->is_object() && part.source->find(keyword) != nullptr;
  });
  auto place = node.file->path + "#" + node.pointer;
  if (node.source != nullptr && node.source->is_object() && node.source->find(keyword) != nullptr) {
    json::append_pointer(place, keyword);
  }
  return place;
}

// The languages of all patterns, or of all formats, together.
template <class Language>
std::optional<Automaton> language_of(const std::vector<std::string_view>& names, Language language) {
  std::optional<Automaton> all = Automaton::any();
  for (auto name : names) {
    auto one = language(name);
    if (!one || !all) return std::nullopt;
    all = Automaton::both(*all, *one, 1'000);
  }
  return all;
}

Effect effect_of(const std::optional<Automaton>& older, const std::optional<Automaton>& newer) {
  if (!older || !newer) return Effect::unknown;
  auto lost = Automaton::minus(*older, *newer), gained = Automaton::minus(*newer, *older);
  if (!lost || !gained) return Effect::unknown;
  if (lost->empty()) return gained->empty() ? Effect::none : Effect::widens;
  return gained->empty() ? Effect::narrows : Effect::unknown;
}

std::string spelling(std::string_view name) {
  std::string out;
  for (char c : name) {
    if (c != '_' && c != '-' && c != ' ' && c != '.') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  }
  return out;
}

bool alike(std::string_view a, std::string_view b) {
  auto first = spelling(a), second = spelling(b);
  if (first == second) return true;
  if (std::min(first.size(), second.size()) < 3) return false;
  if (!nearest(first, {second}).empty()) return true;
  const auto& shorter = first.size() < second.size() ? first : second;
  const auto& longer = first.size() < second.size() ? second : first;
  return longer.find(shorter) != longer.npos;
}

class Comparison {
 public:
  // `guess`: only whether anything differs in meaning; what cannot be told soon differs.
  Comparison(std::size_t limit, bool guess) : limit_(limit), guess_(guess) {}

  std::vector<SchemaChange> run(Nodes older, Nodes newer) {
    push(std::move(older), std::move(newer), {});
    while (!waiting_.empty() && changes_.size() < limit_) {
      auto task = std::move(waiting_.back());
      waiting_.pop_back();
      if (!seen_.emplace(task.older, task.newer).second) continue;
      if (seen_.size() > (guess_ ? most_pairs_of_a_guess : most_pairs)) {
        add(Kind::branches, Effect::unknown,
            {"the schemas are too large to be compared further", "skema terlalu besar untuk dibandingkan lebih lanjut"},
            {});
        break;
      }
      compare(task);
    }
    if (changes_.size() > limit_) changes_.resize(limit_);
    return std::move(changes_);
  }

 private:
  struct Task {
    Nodes older, newer;
    std::string path;
  };

  void push(Nodes older, Nodes newer, std::string path) {
    next_.push_back({std::move(older), std::move(newer), std::move(path)});
    if (a_ == nullptr) flush();
  }
  // What was pushed comes next, in its order.
  void flush() {
    waiting_.insert(waiting_.end(), std::make_move_iterator(next_.rbegin()), std::make_move_iterator(next_.rend()));
    next_.clear();
  }

  bool same(const Nodes& older, const Nodes& newer) {
    // Guesses do not guess in turn.
    if (guess_) return false;
    return Comparison(1, true).run(older, newer).empty();
  }

  void add(Kind kind, Effect effect, Words words, std::string_view keyword) {
    add(kind, effect, std::move(words), keyword, path_);
  }
  void add(Kind kind, Effect effect, Words words, std::string_view keyword, const std::string& path) {
    SchemaChange change{path, kind, effect, std::move(words), {}, {}};
    if (a_ != nullptr) change.older = place_of(*a_, keyword);
    if (b_ != nullptr) change.newer = place_of(*b_, keyword);
    changes_.push_back(std::move(change));
  }

  void compare(const Task& task) {
    Merged a(task.older), b(task.newer);
    a_ = &a;
    b_ = &b;
    path_ = task.path;
    here_ = of_path(path_);
    if (!guess_) describe();
    annotate();
    if (a.nothing != b.nothing) {
      auto words = b.nothing ? phrase("{} allows no value any more", "{} tidak boleh ada nilainya lagi", {here_})
                             : phrase("{} allows values now", "{} kini boleh ada nilainya", {here_});
      add(Kind::type, b.nothing ? Effect::narrows : Effect::widens, words, {});
    } else if (!b.nothing) {
      types();
      values();
      strings();
      numbers();
      fields();
      array();
      branches();
      conditions();
    }
    a_ = b_ = nullptr;
    flush();
  }

  // ---- what tells, and allows nothing more or less ----

  void describe() {
    struct Annotation {
      std::string_view name, english, indonesian;
    };
    constexpr Annotation annotations[] = {{"title", "title", "judul"},
                                          {"description", "description", "keterangan"},
                                          {"default", "default value", "nilai bawaan"},
                                          {"examples", "examples", "contoh"},
                                          {"deprecated", "mark as deprecated", "tanda usang"},
                                          {"readOnly", "mark as read only", "tanda hanya-baca"},
                                          {"writeOnly", "mark as write only", "tanda hanya-tulis"}};
    for (const auto& [name, english, indonesian] : annotations) {
      const auto *older = a_->annotation(name), *newer = b_->annotation(name);
      if (older == nullptr && newer == nullptr) continue;
      if (older != nullptr && newer != nullptr && json::equal(*older, *newer)) continue;
      Words what{std::string(english), std::string(indonesian)};
      Words words = older == nullptr   ? phrase("{} has a {} now", "{} kini punya {}", {here_, what})
                    : newer == nullptr ? phrase("{} has no {} any more", "{} tidak punya {} lagi", {here_, what})
                                       : phrase("the {1} of {0} changed", "{1} {0} berubah", {here_, what});
      add(Kind::description, Effect::none, std::move(words), name);
    }
  }

  void annotate() {
    if (a_->personal != b_->personal) {
      Words words;
      if (!a_->personal) {
        words = phrase("{} is personal data of the class {} now; before, nothing was said",
                       "{} kini data pribadi golongan {}; sebelumnya tidak disebut",
                       {here_, difference::of_class(*b_->personal)});
      } else if (!b_->personal) {
        words = phrase("{} has no personal-data class any more; it was {}",
                       "{} tidak punya golongan data pribadi lagi; sebelumnya {}",
                       {here_, difference::of_class(*a_->personal)});
      } else {
        bool raised = *b_->personal > *a_->personal;
        words = phrase(raised ? "the personal-data class of {} rose from {} to {}"
                              : "the personal-data class of {} fell from {} to {}",
                       raised ? "golongan data pribadi {} naik dari {} menjadi {}"
                              : "golongan data pribadi {} turun dari {} menjadi {}",
                       {here_, difference::of_class(*a_->personal), difference::of_class(*b_->personal)});
      }
      add(Kind::personal_data, Effect::none, std::move(words), "x-personal-data");
    }
    flag(a_->is_key, b_->is_key, "x-key", {"key", "kunci"});
    flag(a_->is_subject, b_->is_subject, "x-subject", {"subject", "subjek"});
    if (a_->owner != b_->owner) {
      add(Kind::annotation, Effect::none,
          phrase("the owner of {} went from {} to {}", "pemilik {} berubah dari {} menjadi {}",
                 {here_, difference::quoted(a_->owner), difference::quoted(b_->owner)}),
          "x-owner");
    }
  }

  void flag(bool older, bool newer, std::string_view keyword, const Words& what) {
    if (older == newer) return;
    add(Kind::annotation, Effect::none,
        newer ? phrase("{} is a {} now", "{} kini {}", {here_, what})
              : phrase("{} is no {} any more", "{} bukan {} lagi", {here_, what}),
        keyword);
  }

  // ---- values ----

  static unsigned whole(unsigned types) { return types & SchemaType::number ? types | SchemaType::integer : types; }

  void types() {
    auto older = whole(a_->types), newer = whole(b_->types);
    if (older == newer) return;
    auto effect = (older & newer) == newer   ? Effect::narrows
                  : (older & newer) == older ? Effect::widens
                                             : Effect::unknown;
    auto said = [](unsigned types) {
      return types == SchemaType::any ? Words{"any kind of value", "segala jenis nilai"} : words_of_types(types);
    };
    add(Kind::type, effect,
        phrase("{} changed from {} to {}", "{} berubah dari {} menjadi {}", {here_, said(older), said(newer)}), "type");
  }

  static std::vector<const json::Value*> without(const std::vector<const json::Value*>& all,
                                                 const std::vector<const json::Value*>& others) {
    std::multimap<std::uint64_t, const json::Value*> known;
    for (const auto* value : others) known.emplace(json::hash(*value), value);
    std::vector<const json::Value*> out;
    for (const auto* value : all) {
      auto [from, to] = known.equal_range(json::hash(*value));
      if (std::none_of(from, to, [&](const auto& entry) { return json::equal(*entry.second, *value); })) {
        out.push_back(value);
      }
    }
    return out;
  }

  std::string_view values_keyword() const {
    for (const auto* merged : {b_, a_}) {
      for (const auto* node : merged->parts) {
        if (node->enumeration) return "enum";
        if (node->constant != nullptr) return "const";
      }
    }
    return "enum";
  }

  void values() {
    if (!a_->values && !b_->values) return;
    auto keyword = values_keyword();
    auto say = [&](Effect effect, std::string_view english, std::string_view indonesian,
                   const std::vector<const json::Value*>& list) {
      Words noun{list.size() == 1 ? "value" : "values", "nilai"};
      add(Kind::values, effect, phrase(english, indonesian, {here_, noun, difference::of_values(list)}), keyword);
    };
    if (!a_->values) {
      return say(Effect::narrows, "{} takes only the {} {} now", "{} kini hanya menerima {} {}", *b_->values);
    }
    if (!b_->values) {
      return say(Effect::widens, "{} takes other values than the {} {} now", "{} kini menerima selain {} {}",
                 *a_->values);
    }
    auto lost = without(*a_->values, *b_->values), gained = without(*b_->values, *a_->values);
    if (!lost.empty()) say(Effect::narrows, "{} lost the {} {}", "{} kehilangan {} {}", lost);
    if (!gained.empty()) say(Effect::widens, "{} gained the {} {}", "{} mendapat {} {}", gained);
  }

  struct BoundWords {
    std::string_view keyword;
    Words what;
    bool lower;
  };

  // A bound that came, went, or moved; `order` compares the newer one with the older.
  void bound(const BoundWords& which, const std::optional<Words>& older, const std::optional<Words>& newer, int order) {
    if (!older && !newer) return;
    if (older && newer && order == 0) return;
    auto words = !older ? phrase("{} has a {} now: {}", "{} kini punya {}: {}", {here_, which.what, *newer})
                 : !newer
                     ? phrase("{} has no {} any more; it was {}", "{} tidak punya {} lagi; sebelumnya {}",
                              {here_, which.what, *older})
                     : phrase(order > 0 ? "the {1} of {0} rose from {2} to {3}" : "the {1} of {0} fell from {2} to {3}",
                              order > 0 ? "{1} {0} naik dari {2} menjadi {3}" : "{1} {0} turun dari {2} menjadi {3}",
                              {here_, which.what, *older, *newer});
    auto effect = !older ? Effect::narrows : !newer ? Effect::widens : order > 0 ? Effect::narrows : Effect::widens;
    if (older && newer && !which.lower) effect = opposite(effect);
    add(Kind::bounds, effect, std::move(words), which.keyword);
  }

  void bound(const BoundWords& which, std::optional<std::uint64_t> older, std::optional<std::uint64_t> newer) {
    // A least count of zero demands nothing.
    if (which.lower && older == 0u) older.reset();
    if (which.lower && newer == 0u) newer.reset();
    auto said = [](const std::optional<std::uint64_t>& value) {
      return value ? std::optional(simpul::same(std::to_string(*value))) : std::nullopt;
    };
    bound(which, said(older), said(newer), older < newer ? 1 : older == newer ? 0 : -1);
  }

  void numbers() {
    auto said = [](const std::optional<MergedBound>& value) {
      return value ? std::optional(difference::of_bound(*value)) : std::nullopt;
    };
    auto order = [](const std::optional<MergedBound>& older, const std::optional<MergedBound>& newer, int outwards) {
      if (!older || !newer) return 0;
      int by_value = json::compare_numbers(newer->text, older->text);
      return by_value != 0 ? by_value : (newer->exclusive - older->exclusive) * outwards;
    };
    auto keyword = [](const std::optional<MergedBound>& newer, const std::optional<MergedBound>& older,
                      std::string_view inclusive, std::string_view exclusive) {
      return (newer ? newer : older).value_or(MergedBound{}).exclusive ? exclusive : inclusive;
    };
    bound({keyword(b_->lower, a_->lower, "minimum", "exclusiveMinimum"), {"least value", "nilai terkecil"}, true},
          said(a_->lower), said(b_->lower), order(a_->lower, b_->lower, 1));
    bound({keyword(b_->upper, a_->upper, "maximum", "exclusiveMaximum"), {"greatest value", "nilai terbesar"}, false},
          said(a_->upper), said(b_->upper), order(a_->upper, b_->upper, -1));
    rules(Kind::bounds, "multipleOf", {"multiple", "kelipatan"}, a_->multiples, b_->multiples, of_multiples());
  }

  Effect of_multiples() const {
    if (a_->multiples.size() != 1 || b_->multiples.size() != 1) return Effect::unknown;
    auto older = json::Divisor::of(a_->multiples[0]), newer = json::Divisor::of(b_->multiples[0]);
    if (!older || !newer) return Effect::unknown;
    bool narrows = older->divides(b_->multiples[0]), widens = newer->divides(a_->multiples[0]);
    return narrows && widens ? Effect::none : narrows ? Effect::narrows : widens ? Effect::widens : Effect::unknown;
  }

  void strings() {
    bound({"minLength", {"least length", "panjang paling sedikit"}, true}, a_->min_length, b_->min_length);
    bound({"maxLength", {"greatest length", "panjang paling banyak"}, false}, a_->max_length, b_->max_length);
    if (a_->patterns != b_->patterns) {
      auto effect = guess_
                        ? Effect::unknown
                        : effect_of(language_of(a_->patterns, [](auto p) { return Automaton::of_pattern(p, 1'000); }),
                                    language_of(b_->patterns, [](auto p) { return Automaton::of_pattern(p, 1'000); }));
      rules(Kind::pattern, "pattern", {"pattern", "pola"}, a_->patterns, b_->patterns, effect);
    }
    if (a_->formats != b_->formats) {
      auto effect =
          effect_of(language_of(a_->formats, language_of_format), language_of(b_->formats, language_of_format));
      rules(Kind::format, "format", {"format", "format"}, a_->formats, b_->formats, effect);
    }
  }

  // Rules that are texts, all of which hold: `changed` is the effect of one set for another.
  void rules(Kind kind, std::string_view keyword, const Words& what, const std::vector<std::string_view>& older,
             const std::vector<std::string_view>& newer, Effect changed) {
    std::vector<std::string_view> gone, fresh;
    std::set_difference(older.begin(), older.end(), newer.begin(), newer.end(), std::back_inserter(gone));
    std::set_difference(newer.begin(), newer.end(), older.begin(), older.end(), std::back_inserter(fresh));
    if (gone.size() == 1 && fresh.size() == 1) {
      auto english = changed == Effect::none ? "the {1} of {0} is written {3} now, before {2}; it allows the same"
                                             : "the {1} of {0} changed from {2} to {3}";
      auto indonesian = changed == Effect::none ? "{1} {0} kini ditulis {3}, sebelumnya {2}; yang diterima sama"
                                                : "{1} {0} berubah dari {2} menjadi {3}";
      add(kind, changed,
          phrase(english, indonesian, {here_, what, difference::quoted(gone[0]), difference::quoted(fresh[0])}),
          keyword);
      return;
    }
    for (auto text : gone) {
      add(kind, Effect::widens,
          phrase("{} lost the {} {}", "{} kehilangan {} {}", {here_, what, difference::quoted(text)}), keyword);
    }
    for (auto text : fresh) {
      add(kind, Effect::narrows,
          phrase("{} must fit the {} {} now", "{} kini harus sesuai dengan {} {}",
                 {here_, what, difference::quoted(text)}),
          keyword);
    }
  }

  // ---- objects ----

  void fields() {
    std::vector<const MergedField*> gone, fresh;
    for (const auto& field : a_->fields) {
      if (b_->field(field.name) == nullptr) gone.push_back(&field);
    }
    for (const auto& field : b_->fields) {
      if (a_->field(field.name) == nullptr) fresh.push_back(&field);
    }
    renamed(gone, fresh);
    for (const auto& field : b_->fields) {
      const auto* before = a_->field(field.name);
      if (before == nullptr) {
        if (std::find(fresh.begin(), fresh.end(), &field) != fresh.end()) added(field);
        continue;
      }
      auto path = below(path_, field.name);
      need(path, before->required, field.required);
      push(before->nodes, field.nodes, path);
    }
    for (const auto* field : gone) removed(*field);
    openness();
    bound({"minProperties", {"least number of fields", "jumlah kolom paling sedikit"}, true}, a_->min_properties,
          b_->min_properties);
    bound({"maxProperties", {"greatest number of fields", "jumlah kolom paling banyak"}, false}, a_->max_properties,
          b_->max_properties);
    dependents();
  }

  void need(const std::string& path, bool older, bool newer) {
    if (older == newer) return;
    auto words = newer ? phrase("{} became required", "{} menjadi wajib", {of_path(path)})
                       : phrase("{} became optional", "{} menjadi opsional", {of_path(path)});
    add(newer ? Kind::required : Kind::optional, newer ? Effect::narrows : Effect::widens, std::move(words), "required",
        path);
  }

  // Takes out of both lists what is one field under two names.
  void renamed(std::vector<const MergedField*>& gone, std::vector<const MergedField*>& fresh) {
    if (guess_ || gone.size() * fresh.size() > most_branch_pairs) return;
    for (auto before = gone.begin(); before != gone.end();) {
      auto after = std::find_if(fresh.begin(), fresh.end(), [&](const auto* field) {
        return alike((*before)->name, field->name) && same((*before)->nodes, field->nodes);
      });
      if (after == fresh.end()) {
        ++before;
        continue;
      }
      auto older = below(path_, (*before)->name), newer = below(path_, (*after)->name);
      add(Kind::field_renamed, Effect::unknown,
          phrase("{} is gone and {} is new, alike in all else: renamed?",
                 "{} hilang dan {} baru, selebihnya sama: berganti nama?", {of_path(older), of_path(newer)}),
          "properties", newer);
      need(newer, (*before)->required, (*after)->required);
      fresh.erase(after);
      before = gone.erase(before);
    }
  }

  void added(const MergedField& field) {
    auto path = below(path_, field.name);
    Words personal;
    if (auto data = Merged(field.nodes).personal) {
      personal = phrase("; personal data: {}", "; data pribadi: {}", {difference::of_class(*data)});
    }
    auto effect = field.required ? (a_->closed ? Effect::unknown : Effect::narrows)
                                 : (a_->closed ? Effect::widens : Effect::narrows);
    add(Kind::field_added, effect,
        field.required ? phrase("{} is new and required{}", "{} baru dan wajib{}", {of_path(path), personal})
                       : phrase("{} is new, optional{}", "{} baru, opsional{}", {of_path(path), personal}),
        "properties", path);
  }

  void removed(const MergedField& field) {
    auto path = below(path_, field.name);
    auto effect = b_->closed ? (field.required ? Effect::unknown : Effect::narrows) : Effect::widens;
    add(Kind::field_removed, effect,
        b_->closed
            ? phrase("{} is gone and not allowed any more", "{} dihapus dan tidak diperbolehkan lagi", {of_path(path)})
            : phrase("{} is gone; whatever stands there is not checked any more",
                     "{} dihapus; isinya tidak diperiksa lagi", {of_path(path)}),
        "properties", path);
  }

  void openness() {
    if (a_->closed != b_->closed) {
      add(Kind::closed, b_->closed ? Effect::narrows : Effect::widens,
          b_->closed ? phrase("{} allows no fields any more but those named",
                              "{} tidak menerima kolom lain lagi selain yang disebut", {here_})
                     : phrase("{} allows other fields than those named now",
                              "{} kini menerima kolom lain selain yang disebut", {here_}),
          "additionalProperties");
    }
    described(a_->other_fields, b_->other_fields, below_any("*"), "additionalProperties",
              {"the other fields of", "kolom lain dari"});
    described(a_->field_names, b_->field_names, below_any("{name}"), "propertyNames",
              {"the names of the fields of", "nama kolom dari"});
    std::set<std::string_view> patterns;
    for (const auto* merged : {b_, a_}) {
      for (const auto& [pattern, nodes] : merged->pattern_fields) patterns.insert(pattern);
    }
    for (auto pattern : patterns) {
      auto older = a_->pattern_fields.find(pattern), newer = b_->pattern_fields.find(pattern);
      auto path = below_any(fmt::format("/{}/", pattern));
      auto named =
          phrase("the fields named like {} of", "kolom bernama seperti {} dari", {difference::quoted(pattern)});
      described(older == a_->pattern_fields.end() ? Nodes{} : older->second,
                newer == b_->pattern_fields.end() ? Nodes{} : newer->second, path, "patternProperties", named);
    }
  }

  std::string below_any(std::string_view what) const {
    return path_.empty() ? std::string(what) : fmt::format("{}.{}", path_, what);
  }

  // A group of fields, or the items, that both, one or none of the schemas describes.
  void described(const Nodes& older, const Nodes& newer, const std::string& path, std::string_view keyword,
                 const Words& what) {
    if (!older.empty() && !newer.empty()) return push(older, newer, path);
    if (older.empty() == newer.empty()) return;
    bool items = keyword == "items" || keyword == "prefixItems";
    bool closed = items ? a_->no_more_items || b_->no_more_items : a_->closed || b_->closed;
    auto effect = closed ? Effect::unknown : older.empty() ? Effect::narrows : Effect::widens;
    add(items ? Kind::items : Kind::closed, effect,
        older.empty()
            ? phrase("{} {} must fit a schema of their own now", "{} {} kini harus sesuai dengan skema", {what, here_})
            : phrase("{} {} are not described any more", "{} {} tidak diatur lagi", {what, here_}),
        keyword, path);
  }

  void dependents() {
    std::set<std::string_view> names;
    for (const auto* merged : {a_, b_}) {
      for (const auto& [name, required] : merged->dependent) names.insert(name);
    }
    for (auto name : names) {
      auto find = [&](const Merged& merged) {
        auto found = merged.dependent.find(name);
        return found == merged.dependent.end() ? std::vector<std::string_view>{} : found->second;
      };
      auto older = find(*a_), newer = find(*b_);
      std::vector<std::string_view> gone, fresh;
      std::set_difference(older.begin(), older.end(), newer.begin(), newer.end(), std::back_inserter(gone));
      std::set_difference(newer.begin(), newer.end(), older.begin(), older.end(), std::back_inserter(fresh));
      auto path = of_path(below(path_, name));
      if (!fresh.empty()) {
        add(Kind::condition, Effect::narrows,
            phrase("where {} is there, these are required now: {}", "bila {} ada, yang kini wajib: {}",
                   {path, difference::of_names(fresh)}),
            "dependentRequired");
      }
      if (!gone.empty()) {
        add(Kind::condition, Effect::widens,
            phrase("where {} is there, these are not required any more: {}", "bila {} ada, yang tidak wajib lagi: {}",
                   {path, difference::of_names(gone)}),
            "dependentRequired");
      }
    }
  }

  // ---- arrays ----

  void array() {
    auto both = std::min(a_->places.size(), b_->places.size());
    for (std::size_t i = 0; i < both; ++i) push(a_->places[i], b_->places[i], fmt::format("{}[{}]", path_, i));
    if (a_->places.size() != b_->places.size()) {
      bool more = b_->places.size() > both;
      add(Kind::items, Effect::unknown,
          phrase(more ? "{} describes {} places now, before {}" : "{} describes only {} places now, before {}",
                 more ? "{} kini mengatur {} tempat, sebelumnya {}" : "{} kini hanya mengatur {} tempat, sebelumnya {}",
                 {here_, simpul::same(std::to_string(b_->places.size())),
                  simpul::same(std::to_string(a_->places.size()))}),
          "prefixItems");
    }
    described(a_->items, b_->items, path_ + "[]", "items", {"the items of", "butir dari"});
    if (a_->no_more_items != b_->no_more_items) {
      add(Kind::closed, b_->no_more_items ? Effect::narrows : Effect::widens,
          b_->no_more_items ? phrase("{} allows no items any more but those described",
                                     "{} tidak menerima butir lain lagi selain yang diatur", {here_})
                            : phrase("{} allows other items than those described now",
                                     "{} kini menerima butir lain selain yang diatur", {here_}),
          "items");
    }
    bound({"minItems", {"least number of items", "jumlah butir paling sedikit"}, true}, a_->min_items, b_->min_items);
    bound({"maxItems", {"greatest number of items", "jumlah butir paling banyak"}, false}, a_->max_items,
          b_->max_items);
    if (a_->unique != b_->unique) {
      add(Kind::items, b_->unique ? Effect::narrows : Effect::widens,
          b_->unique ? phrase("the items of {} must differ now", "butir {} kini tidak boleh ada yang sama", {here_})
                     : phrase("the items of {} may be equal now", "butir {} kini boleh ada yang sama", {here_}),
          "uniqueItems");
    }
    described(a_->contains, b_->contains, path_ + "[any]", "items", {"some items of", "sebagian butir dari"});
    if (!a_->contains.empty() && !b_->contains.empty()) {
      bound({"minContains", {"least number of items asked for", "jumlah butir tertentu paling sedikit"}, true},
            a_->min_contains, b_->min_contains);
      bound({"maxContains", {"greatest number of items asked for", "jumlah butir tertentu paling banyak"}, false},
            a_->max_contains, b_->max_contains);
    }
  }

  // ---- alternatives and conditions ----

  // What people call a branch: its title, the constant that tells it apart, the name it is referred to by, its kind.
  static Words label(const Node& branch) {
    Merged merged({&branch});
    if (const auto* title = merged.annotation("title"); title != nullptr && title->is_string()) {
      return difference::quoted(title->text());
    }
    for (const auto& field : merged.fields) {
      Merged value(field.nodes);
      if (!value.values || value.values->size() != 1) continue;
      auto constant = difference::of_value(*value.values->front());
      return simpul::same(fmt::format("{} = {}", field.name, constant.english));
    }
    if (merged.values && !merged.values->empty()) return difference::of_values(*merged.values);
    if (branch.ref != nullptr) {
      auto name = branch.ref->pointer.substr(branch.ref->pointer.rfind('/') + 1);
      return difference::quoted(name.empty() ? branch.ref->file->name : name);
    }
    if (merged.types != SchemaType::any && merged.types != SchemaType::object) return words_of_types(merged.types);
    std::vector<std::string_view> names;
    for (const auto& field : merged.fields) {
      if (field.required) names.push_back(field.name);
    }
    if (names.empty()) return {"one without a name", "tanpa nama"};
    return phrase("the one with {}", "yang memuat {}", {difference::of_names(names)});
  }

  void branches() {
    auto joined = [](const std::vector<Nodes>& lists) {
      Nodes all;
      for (const auto& list : lists) all.insert(all.end(), list.begin(), list.end());
      return all;
    };
    auto older_one = joined(a_->one_of), newer_one = joined(b_->one_of);
    auto older_any = joined(a_->any_of), newer_any = joined(b_->any_of);
    if (!older_one.empty() && newer_one.empty() && older_any.empty() && !newer_any.empty()) {
      add(Kind::branches, Effect::widens,
          phrase("{} may fit several alternatives now, before exactly one",
                 "{} kini boleh sesuai dengan beberapa pilihan, sebelumnya tepat satu", {here_}),
          "anyOf");
      return match(older_one, newer_any, "anyOf");
    }
    if (older_one.empty() && !newer_one.empty() && !older_any.empty() && newer_any.empty()) {
      add(Kind::branches, Effect::narrows,
          phrase("{} must fit exactly one alternative now, before at least one",
                 "{} kini harus sesuai dengan tepat satu pilihan, sebelumnya paling sedikit satu", {here_}),
          "oneOf");
      return match(older_any, newer_one, "oneOf");
    }
    match(older_one, newer_one, "oneOf");
    match(older_any, newer_any, "anyOf");
  }

  void match(Nodes older, Nodes newer, std::string_view keyword) {
    if (older.empty() && newer.empty()) return;
    if (older.empty() || newer.empty()) {
      auto count = simpul::counted(std::max(older.size(), newer.size()), Noun::alternative);
      add(Kind::branches, older.empty() ? Effect::narrows : Effect::widens,
          older.empty()
              ? phrase("{} must fit one of {} now", "{} kini harus sesuai dengan salah satu dari {}", {here_, count})
              : phrase("{} needs to fit none of {} any more", "{} tidak harus sesuai dengan salah satu dari {} lagi",
                       {here_, count}),
          keyword);
      return;
    }
    if (guess_ || older.size() * newer.size() > most_branch_pairs) return by_place(older, newer, keyword);
    pair_up(older, newer, [&](const Node& a, const Node& b) { return same({&a}, {&b}); });
    pair_up(older, newer, [](const Node& a, const Node& b) { return label(a).english == label(b).english; });
    if (older.size() == 1 && newer.size() == 1) {
      push(older, newer, path_);
      return;
    }
    for (const auto* branch : older) one_branch(*branch, false, keyword);
    for (const auto* branch : newer) one_branch(*branch, true, keyword);
  }

  void by_place(const Nodes& older, const Nodes& newer, std::string_view keyword) {
    auto both = std::min(older.size(), newer.size());
    for (std::size_t i = 0; i < both; ++i) push({older[i]}, {newer[i]}, path_);
    if (older.size() == newer.size()) return;
    add(Kind::branches, Effect::unknown,
        phrase("{} has {} now, before {}", "{} kini punya {}, sebelumnya {}",
               {here_, simpul::counted(newer.size(), Noun::alternative),
                simpul::counted(older.size(), Noun::alternative)}),
        keyword);
  }

  // Takes pairs out of both lists; those that differ are looked into.
  template <class Fits>
  void pair_up(Nodes& older, Nodes& newer, Fits fits) {
    for (auto a = older.begin(); a != older.end();) {
      auto b = std::find_if(newer.begin(), newer.end(), [&](const Node* branch) { return fits(**a, *branch); });
      if (b == newer.end()) {
        ++a;
        continue;
      }
      push({*a}, {*b}, path_);
      newer.erase(b);
      a = older.erase(a);
    }
  }

  void one_branch(const Node& branch, bool fresh, std::string_view keyword) {
    // One more of exactly one may take values away from another.
    auto effect = keyword == "oneOf" ? Effect::unknown : fresh ? Effect::widens : Effect::narrows;
    add(Kind::branches, effect,
        fresh ? phrase("{} has a new alternative: {}", "{} punya pilihan baru: {}", {here_, label(branch)})
              : phrase("{} lost an alternative: {}", "{} kehilangan pilihan: {}", {here_, label(branch)}),
        keyword);
  }

  void conditions() {
    opaque(a_->negated, b_->negated, "not", {"what is forbidden", "yang dilarang"});
    auto count = std::max(a_->conditions.size(), b_->conditions.size());
    for (std::size_t i = 0; i < count; ++i) {
      const auto* older = i < a_->conditions.size() ? a_->conditions[i] : nullptr;
      const auto* newer = i < b_->conditions.size() ? b_->conditions[i] : nullptr;
      auto one = [](const Node* node) { return node == nullptr ? Nodes{} : Nodes{node}; };
      opaque(one(older == nullptr ? nullptr : older->condition), one(newer == nullptr ? nullptr : newer->condition),
             "if", {"a condition", "syarat"});
      if (older == nullptr || newer == nullptr) continue;
      push(one(older->consequence), one(newer->consequence), path_);
      push(one(older->alternative), one(newer->alternative), path_);
    }
    std::map<std::string_view, std::pair<Nodes, Nodes>> dependent;
    for (const auto& schema : a_->dependent_schemas) dependent[schema.name].first.push_back(schema.node);
    for (const auto& schema : b_->dependent_schemas) dependent[schema.name].second.push_back(schema.node);
    for (const auto& [name, nodes] : dependent) push(nodes.first, nodes.second, path_);
  }

  // What is compared as a whole: inside it, more is less.
  void opaque(const Nodes& older, const Nodes& newer, std::string_view keyword, const Words& what) {
    if (older.empty() && newer.empty()) return;
    if (older.size() == newer.size()) {
      if (guess_) {
        for (std::size_t i = 0; i < older.size(); ++i) push({older[i]}, {newer[i]}, path_);
        return;
      }
      bool equal = true;
      for (std::size_t i = 0; i < older.size(); ++i) equal = equal && same({older[i]}, {newer[i]});
      if (equal) return;
    }
    auto words = older.empty()   ? phrase("{} has {} now", "{} kini punya {}", {here_, what})
                 : newer.empty() ? phrase("{} has not {} any more", "{} tidak punya {} lagi", {here_, what})
                                 : phrase("{1} of {0} changed", "{1} pada {0} berubah", {here_, what});
    auto effect = keyword == "if" || (!older.empty() && !newer.empty()) ? Effect::unknown
                  : older.empty()                                       ? Effect::narrows
                                                                        : Effect::widens;
    add(Kind::condition, effect, std::move(words), keyword);
  }

  const std::size_t limit_;
  const bool guess_;
  std::vector<Task> waiting_, next_;
  std::set<std::pair<Nodes, Nodes>> seen_;
  std::vector<SchemaChange> changes_;
  const Merged *a_ = nullptr, *b_ = nullptr;
  std::string path_;
  Words here_;
};

}  // namespace

std::vector<SchemaChange> differences(const Schema& older, const Schema& newer, std::size_t limit) {
  const auto *from = root_of(older), *to = root_of(newer);
  if (from == nullptr || to == nullptr || limit == 0) return {};
  return Comparison(limit, false).run({from}, {to});
}

}  // namespace simpul
