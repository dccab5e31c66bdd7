#include "bus/schema/describe.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "bus/schema/node.h"

namespace simpul {
namespace {

using Nodes = std::vector<const Node*>;

// A field with all schemas that may speak of it.
struct Field {
  FieldAnnotation told;
  std::string shown;   // "anggota_ikut[].nik"
  Nodes must, may;     // those that always hold, and those of alternatives
  bool again = false;  // a schema that contains itself, described above
};

void take(Nodes& nodes, const Node* node) {
  if (node != nullptr && std::ranges::find(nodes, node) == nodes.end()) nodes.push_back(node);
}

void follow(Nodes& nodes) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    take(nodes, nodes[i]->ref);
    take(nodes, nodes[i]->dynamic_ref);
    for (const auto* part : nodes[i]->all_of) take(nodes, part);
  }
}

// What looks at the same value only sometimes.
Nodes alternatives(const Nodes& must) {
  Nodes may;
  auto add = [&](const Nodes& from) {
    for (const auto* node : from) {
      for (const auto* list : {&node->any_of, &node->one_of})
        for (const auto* each : *list) take(may, each);
      take(may, node->consequence);
      take(may, node->alternative);
      for (const auto& dependent : node->dependent_schemas) take(may, dependent.node);
    }
  };
  add(must);
  for (std::size_t before = 0; before != may.size();) {
    before = may.size();
    follow(may);
    add(Nodes(may));
  }
  std::erase_if(may, [&](const Node* node) { return std::ranges::find(must, node) != must.end(); });
  return may;
}

std::string first_text(const Field& field, std::string_view keyword) {
  for (const auto* list : {&field.must, &field.may})
    for (const auto* node : *list)
      if (auto text = node->source->text_of(keyword); !text.empty()) return std::string(text);
  return {};
}

class Walk {
 public:
  explicit Walk(std::size_t limit) : limit_(limit) {}

  std::vector<Field> run(const Node& root) {
    Field field;
    field.must = {&root};
    visit(std::move(field), {});
    return std::move(fields_);
  }

 private:
  static constexpr std::size_t deepest = 64;

  struct Part {
    std::string name;  // a member's; empty: items, or members without a name
    bool items = false;
    Nodes must, may;
    bool required = false;
  };

  void complete(Field& field, const FieldAnnotation& parent) {
    follow(field.must);
    follow(field.may);
    for (const auto* node : alternatives(field.must)) take(field.may, node);
    for (const auto* node : alternatives(field.may)) take(field.may, node);
    std::erase_if(field.may, [&](const Node* node) { return std::ranges::find(field.must, node) != field.must.end(); });
    auto& told = field.told;
    told.title = first_text(field, "title");
    told.description = first_text(field, "description");
    told.personal = parent.personal;
    told.classified = parent.classified;
    told.owner = parent.owner;
    std::optional<PersonalData> own;
    for (const auto* list : {&field.must, &field.may})
      for (const auto* node : *list) {
        if (node->personal) own = std::max(own.value_or(PersonalData::none), *node->personal);
        told.key = told.key || node->is_key;
        told.subject = told.subject || node->is_subject;
        if (!node->owner.empty()) told.owner = node->owner;
      }
    if (own) {
      told.personal = *own;
      told.classified = true;
    }
  }

  void visit(Field field, const FieldAnnotation& parent) {
    complete(field, parent);
    // A schema is entered again by the node that names its fields.
    for (const auto* node : field.must)
      if ((!node->properties.rules().empty() || node->items != nullptr) &&
          std::ranges::find(open_, node) != open_.end())
        field.again = true;
    auto at = fields_.size();
    auto depth = open_.size();
    fields_.push_back(std::move(field));
    if (fields_[at].again || depth >= deepest * 8 || levels_ >= deepest) return;
    for (const auto* node : fields_[at].must) open_.push_back(node);
    ++levels_;
    for (auto& part : parts_of(fields_[at])) {
      if (fields_.size() >= limit_) break;
      Field next;
      next.must = std::move(part.must);
      next.may = std::move(part.may);
      next.told.required = part.required;
      next.told.conditional = fields_[at].told.conditional || next.must.empty();
      next.told.path = fields_[at].told.path;
      if (part.name.empty())
        next.told.path += "/*";
      else
        json::append_pointer(next.told.path, part.name);
      const auto& above = fields_[at].shown;
      next.shown = part.items          ? above + "[]"
                   : part.name.empty() ? above + (above.empty() ? "*" : ".*")
                   : above.empty()     ? part.name
                                       : above + "." + part.name;
      auto parent_told = fields_[at].told;
      visit(std::move(next), parent_told);
    }
    --levels_;
    open_.resize(depth);
  }

  // Parts by name, in the order they came.
  struct Parts {
    std::vector<Part> all;
    std::map<std::pair<std::string, bool>, std::size_t> known;
    Part& at(std::string_view name, bool items) {
      auto [found, added] = known.emplace(std::pair(std::string(name), items), all.size());
      if (added) all.push_back(Part{std::string(name), items, {}, {}, false});
      return all[found->second];
    }
  };

  static std::vector<Part> parts_of(const Field& field) {
    Parts parts;
    auto add = [&](const Node& node, bool always) {
      auto to = [&](Part& into, const Node* child) { take(always ? into.must : into.may, child); };
      // As they stand in the file; those that are only required behind them.
      std::vector<PropertyRule> rules = std::as_const(node).properties.rules();
      std::ranges::stable_sort(rules, {}, [](const PropertyRule& rule) {
        return rule.node == nullptr ? std::numeric_limits<std::uint32_t>::max() : rule.node->offset;
      });
      for (const auto& rule : rules) {
        if (rule.node != nullptr && rule.node->boolean == false) continue;
        // Required and not described: it is a field all the same.
        if (rule.node == nullptr && !(always && rule.required)) continue;
        auto& into = parts.at(rule.name, false);
        if (rule.node != nullptr) to(into, rule.node);
        if (always && rule.required) into.required = true;
      }
      for (const auto& pattern : node.pattern_properties)
        if (pattern.node->boolean != false) to(parts.at({}, false), pattern.node);
      if (node.additional_properties != nullptr && !node.additional_properties->boolean)
        to(parts.at({}, false), node.additional_properties);
      for (const auto* item : node.prefix_items) take(parts.at({}, true).may, item);
      if (node.items != nullptr && !node.items->boolean) {
        auto& into = parts.at({}, true);
        take(always && node.prefix_items.empty() ? into.must : into.may, node.items);
      }
    };
    for (const auto* node : field.must) add(*node, true);
    for (const auto* node : field.may) add(*node, false);
    for (auto& each : parts.all)
      std::erase_if(each.may, [&](const Node* node) { return std::ranges::find(each.must, node) != each.must.end(); });
    return std::move(parts.all);
  }

  const std::size_t limit_;
  std::vector<Field> fields_;
  Nodes open_;
  std::size_t levels_ = 0;
};

std::vector<Field> fields_of(const Schema& schema, std::size_t limit) {
  const auto* root = root_of(schema);
  return root == nullptr ? std::vector<Field>() : Walk(limit).run(*root);
}

// ---- Markdown ---------------------------------------------------------------------------------------------------

struct Vocabulary {
  bool indonesian;
  std::string_view operator()(std::string_view english, std::string_view indonesian_words) const {
    return indonesian ? indonesian_words : english;
  }
};

// In a cell of a table.
std::string cell(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '|' || c == '<') out += '\\';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out;
}

// `code`; a text with a backquote in it stays as it is.
std::string code(std::string_view text) {
  return text.find('`') == text.npos ? "`" + cell(text) + "`" : cell(text);
}

class Page {
 public:
  explicit Page(bool indonesian) : in_{indonesian} {}

  std::string write(const Schema& schema) {
    constexpr std::size_t most = 5000;
    auto fields = fields_of(schema, most);
    if (fields.empty()) return {};
    const auto& root = fields.front();
    std::string out = fmt::format("# {}\n\n", root.told.title.empty() ? schema.name() : root.told.title);
    out += fmt::format("{} `{}`\n", in_("Schema", "Skema"), schema.name());
    if (!root.told.description.empty()) out += "\n" + root.told.description + "\n";
    auto listed = definitions(schema, fields.size() == 1);
    if (auto words = form(root); listed.empty() && words != in_("an object", "objek"))
      out += fmt::format("\n{}: {}.\n", in_("The document", "Dokumen"), words);
    if (!root.told.owner.empty()) out += fmt::format("\n{}: {}\n", in_("Owner", "Pemilik"), root.told.owner);
    if (fields.size() == 1) return out + listed;
    out += fmt::format("\n| {} | {} | {} | {} | {} |\n|---|---|---|---|---|\n", in_("Field", "Kolom"),
                       in_("Meaning", "Arti"), in_("Form", "Bentuk"), in_("Required", "Wajib"),
                       in_("Personal data", "Data pribadi"));
    for (std::size_t i = 1; i < fields.size(); ++i) out += row(fields[i], root.told.owner);
    if (fields.size() == most) out += fmt::format("\n{}\n", in_("There are more fields.", "Masih ada kolom lain."));
    return out;
  }

 private:
  std::string row(const Field& field, const std::string& owner) {
    const auto& told = field.told;
    auto meaning = cell(told.title);
    if (!told.description.empty()) meaning += (meaning.empty() ? "" : ". ") + cell(told.description);
    std::vector<std::string> marks;
    if (told.key) marks.emplace_back(in_("orders the events", "mengurutkan kejadian"));
    if (told.subject) marks.emplace_back(in_("whom the event is about", "yang menjadi pokok kejadian"));
    if (told.owner != owner && !told.owner.empty())
      marks.push_back(fmt::format("{} {}", in_("owned by", "milik"), cell(told.owner)));
    for (const auto* node : field.must)
      if (const auto* old = node->source->find("deprecated"); old != nullptr && old->is_boolean() && old->boolean())
        marks.emplace_back(in_("no longer to be used", "jangan dipakai lagi"));
    if (!marks.empty()) meaning += fmt::format("{}*{}*", meaning.empty() ? "" : " — ", fmt::join(marks, ", "));
    auto required = told.conditional ? in_("in some forms", "pada bentuk tertentu")
                    : told.required  ? in_("yes", "ya")
                                     : in_("no", "tidak");
    if (told.path.ends_with("/*")) required = "";
    return fmt::format("| {} | {} | {} | {} | {} |\n", code(field.shown), meaning, form(field), required,
                       personal(told));
  }

  std::string_view personal(const FieldAnnotation& told) const {
    if (told.personal == PersonalData::specific) return in_("specific", "spesifik");
    if (told.personal == PersonalData::general) return in_("general", "umum");
    return told.classified ? in_("none", "bukan") : "–";
  }

  std::string form(const Field& field) {
    if (field.again) return std::string(in_("as above, again", "seperti di atas, berulang"));
    unsigned types = SchemaType::any;
    for (const auto* node : field.must) types &= node->types;
    std::vector<std::string> words;
    for (const auto* node : field.must) rules(*node, words);
    bool listed = std::ranges::any_of(field.must, [](const Node* node) { return node->enumeration || node->constant; });
    if (types != SchemaType::any && !listed) words.insert(words.begin(), kinds(types));
    if (types == SchemaType::any && words.empty() && !field.may.empty())
      words.emplace_back(in_("one of several forms", "salah satu dari beberapa bentuk"));
    if (types == SchemaType::any && words.empty()) words.emplace_back(in_("anything", "apa saja"));
    std::vector<std::string> once;
    for (auto& word : words)
      if (std::ranges::find(once, word) == once.end()) once.push_back(std::move(word));
    return fmt::format("{}", fmt::join(once, ", "));
  }

  std::string kinds(unsigned types) const {
    std::vector<std::string_view> names;
    if (types & SchemaType::object) names.push_back(in_("an object", "objek"));
    if (types & SchemaType::array) names.push_back(in_("a list", "daftar"));
    if (types & SchemaType::string) names.push_back(in_("text", "teks"));
    if (types & SchemaType::number)
      names.push_back(in_("a number", "angka"));
    else if (types & SchemaType::integer)
      names.push_back(in_("a whole number", "bilangan bulat"));
    if (types & SchemaType::boolean) names.push_back(in_("true or false", "true atau false"));
    if (types & SchemaType::null) names.push_back(in_("null", "null"));
    return fmt::format("{}", fmt::join(names, in_(" or ", " atau ")));
  }

  void rules(const Node& node, std::vector<std::string>& words) {
    if (node.constant != nullptr)
      words.push_back(fmt::format("{} {}", in_("always", "selalu"), code(json::write(*node.constant))));
    if (node.enumeration) words.push_back(values(*node.enumeration));
    if (node.format != nullptr) {
      const auto& expected = node.format->expected;
      words.push_back(fmt::format("{} ({})", cell(in_.indonesian ? expected.indonesian : expected.english),
                                  code(node.format->name)));
    }
    range(node.min_length, node.max_length, in_("character", "karakter"), in_("characters", "karakter"), words);
    range(node.min_items, node.max_items, in_("item", "butir"), in_("items", "butir"), words);
    range(node.min_properties, node.max_properties, in_("field", "kolom"), in_("fields", "kolom"), words);
    if (node.pattern != nullptr)
      words.push_back(fmt::format("{} {}", in_("matches", "cocok dengan"), code(node.pattern->source())));
    for (const auto& bound : node.bounds) words.push_back(bound_words(bound));
    if (node.multiple_of) words.push_back(fmt::format("{} {}", in_("a multiple of", "kelipatan"), node.multiple_text));
    if (node.unique_items) words.emplace_back(in_("all different", "semuanya berbeda"));
  }

  std::string values(const std::vector<const json::Value*>& all) const {
    constexpr std::size_t shown = 20;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < std::min(all.size(), shown); ++i)
      texts.push_back(code(all[i]->is_string() ? std::string(all[i]->text()) : json::write(*all[i])));
    auto out = fmt::format("{} {}", in_("one of", "salah satu dari"), fmt::join(texts, ", "));
    if (all.size() > shown)
      out += in_.indonesian ? fmt::format(" dan {} lainnya", all.size() - shown)
                            : fmt::format(" and {} more", all.size() - shown);
    return out;
  }

  // `one` and `many`: "character", "characters".
  void range(const std::optional<std::uint64_t>& least, const std::optional<std::uint64_t>& most, std::string_view one,
             std::string_view many, std::vector<std::string>& words) const {
    auto last = most ? *most : least ? *least : 0;
    auto what = last == 1 ? one : many;
    if (least && most && *least == *most)
      words.push_back(fmt::format("{} {}", *least, what));
    else if (least && *least > 0 && most)
      words.push_back(fmt::format("{}–{} {}", *least, *most, what));
    else if (most)
      words.push_back(fmt::format("{} {} {}", in_("at most", "paling banyak"), *most, what));
    else if (least && *least > 0)
      words.push_back(fmt::format("{} {} {}", in_("at least", "paling sedikit"), *least, what));
  }

  std::string bound_words(const NumberBound& bound) const {
    switch (bound.rule) {
      case NumberBound::Rule::minimum:
        return fmt::format("{} {}", in_("at least", "paling sedikit"), bound.text);
      case NumberBound::Rule::exclusive_minimum:
        return fmt::format("{} {}", in_("more than", "lebih dari"), bound.text);
      case NumberBound::Rule::maximum:
        return fmt::format("{} {}", in_("at most", "paling banyak"), bound.text);
      case NumberBound::Rule::exclusive_maximum:
        return fmt::format("{} {}", in_("less than", "kurang dari"), bound.text);
    }
    return {};
  }

  // A file of definitions: they are what there is to read.
  std::string definitions(const Schema& schema, bool nothing_else) {
    if (!nothing_else) return {};
    std::string rows;
    for (const auto* node : nodes_of(schema)) {
      if (!node->pointer.starts_with("/$defs/") || node->pointer.find('/', 7) != std::string::npos) continue;
      auto field = Walk(1).run(*node).front();
      field.shown = node->pointer.substr(7);
      const auto& told = field.told;
      auto meaning = cell(told.title);
      if (!told.description.empty()) meaning += (meaning.empty() ? "" : ". ") + cell(told.description);
      rows += fmt::format("| {} | {} | {} | {} |\n", code(field.shown), meaning, form(field), personal(told));
    }
    if (rows.empty()) return {};
    return fmt::format("\n| {} | {} | {} | {} |\n|---|---|---|---|\n{}", in_("Definition", "Definisi"),
                       in_("Meaning", "Arti"), in_("Form", "Bentuk"), in_("Personal data", "Data pribadi"), rows);
  }

  const Vocabulary in_;
};

}  // namespace

std::vector<FieldAnnotation> annotations(const Schema& schema, std::size_t limit) {
  std::vector<FieldAnnotation> out;
  for (auto& field : fields_of(schema, limit)) out.push_back(std::move(field.told));
  return out;
}

std::string schema_markdown(const Schema& schema, bool indonesian) {
  return Page(indonesian).write(schema);
}

}  // namespace simpul
