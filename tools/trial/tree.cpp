#include "tools/trial/tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace simpul::trial {
namespace {

bool is_json_number(const std::string& text) {
  auto document = json::parse(text);
  return document && document->root().is_number();
}

// The item that a path's word names; none: it is no index of this list.
std::size_t index_of(const Tree& list, const std::string& word) {
  std::size_t index = list.items.size();
  const auto* end = word.data() + word.size();
  auto [at, error] = std::from_chars(word.data(), end, index);
  return error == std::errc() && at == end ? index : list.items.size();
}

Tree* step(Tree& tree, const std::string& word) {
  if (tree.is_array()) {
    auto index = index_of(tree, word);
    return index < tree.items.size() ? &tree.items[index] : nullptr;
  }
  auto found = std::ranges::find(tree.members, word, &std::pair<std::string, Tree>::first);
  return found == tree.members.end() ? nullptr : &found->second;
}

// Plain in YAML without being anything else than this text.
bool is_plain(std::string_view text) {
  if (text.empty() || text.size() > 60) return false;
  auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  auto is_fine = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'; };
  if (!is_letter(text.front()) || !std::ranges::all_of(text, is_fine)) return false;
  static constexpr std::string_view words[] = {"true", "false", "null"};
  return std::ranges::find(words, text) == std::end(words);
}

void write_yaml_text(std::string_view text, std::string& out) {
  if (is_plain(text))
    out += text;
  else
    json::write_string(text, out);
}

bool is_short(const Tree& tree) {
  if (tree.is_array())
    return std::ranges::all_of(tree.items, [](const Tree& item) { return !item.is_object() && !item.is_array(); });
  return !tree.is_object() || tree.members.empty();
}

void write_yaml_inline(const Tree& tree, std::string& out) {
  if (tree.kind == json::Kind::string) return write_yaml_text(tree.text, out);
  if (!tree.is_array()) return write(tree, out);
  out += '[';
  for (std::size_t i = 0; i < tree.items.size(); ++i) {
    if (i > 0) out += ", ";
    write_yaml_inline(tree.items[i], out);
  }
  out += ']';
}

// What stands behind "name:" or "-".
void write_yaml(const Tree& tree, std::size_t indent, bool in_list, std::string& out) {
  if (is_short(tree)) {
    out += ' ';
    write_yaml_inline(tree, out);
    out += '\n';
    return;
  }
  const std::string margin(indent, ' ');
  bool first = true;
  auto begin = [&] {
    if (first && in_list)
      out += ' ';
    else
      out += (first ? "\n" : "") + margin;
    first = false;
  };
  for (const auto& item : tree.items) {
    begin();
    out += '-';
    write_yaml(item, indent + 2, true, out);
  }
  for (const auto& [name, value] : tree.members) {
    begin();
    write_yaml_text(name, out);
    out += ':';
    write_yaml(value, indent + 2, false, out);
  }
}

bool is_equal_scalar(const Tree& a, const Tree& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case json::Kind::null:
      return true;
    case json::Kind::boolean:
      return a.truth == b.truth;
    case json::Kind::number:
      return a.text == b.text || json::equal(json::Value::view_number(a.text), json::Value::view_number(b.text));
    default:
      return a.text == b.text;
  }
}

}  // namespace

Tree::Tree() = default;

Tree Tree::string(std::string_view text) {
  Tree tree;
  tree.kind = json::Kind::string;
  tree.text = text;
  return tree;
}

Tree Tree::integer(std::int64_t value) {
  Tree tree;
  tree.kind = json::Kind::number;
  tree.text = std::to_string(value);
  return tree;
}

Tree Tree::boolean(bool truth) {
  Tree tree;
  tree.kind = json::Kind::boolean;
  tree.truth = truth;
  return tree;
}

Tree Tree::object() {
  Tree tree;
  tree.kind = json::Kind::object;
  return tree;
}

Tree Tree::array() {
  Tree tree;
  tree.kind = json::Kind::array;
  return tree;
}

Tree Tree::of(const yaml::Node& node) {
  Tree tree;
  switch (node.kind) {
    case yaml::Kind::null:
      break;
    case yaml::Kind::boolean:
      return boolean(node.scalar == "true");
    case yaml::Kind::integer:
    case yaml::Kind::decimal:
      tree = string(node.scalar);
      if (is_json_number(node.scalar)) tree.kind = json::Kind::number;
      break;
    case yaml::Kind::text:
      return string(node.scalar);
    case yaml::Kind::list:
      tree.kind = json::Kind::array;
      for (const auto& item : node.items) tree.items.push_back(of(item));
      break;
    case yaml::Kind::map:
      tree.kind = json::Kind::object;
      for (const auto& entry : node.entries) tree.members.emplace_back(entry.key.scalar, of(entry.value));
      break;
  }
  return tree;
}

Tree Tree::of(const json::Value& value) {
  Tree tree;
  tree.kind = value.kind();
  switch (value.kind()) {
    case json::Kind::null:
      break;
    case json::Kind::boolean:
      tree.truth = value.boolean();
      break;
    case json::Kind::number:
    case json::Kind::string:
      tree.text = value.text();
      break;
    case json::Kind::array:
      for (const auto& item : value.items()) tree.items.push_back(of(item));
      break;
    case json::Kind::object:
      for (const auto& member : value.members()) tree.members.emplace_back(member.name, of(member.value));
      break;
  }
  return tree;
}

const Tree* Tree::find(std::string_view name) const {
  auto found = std::ranges::find(members, name, &std::pair<std::string, Tree>::first);
  return found == members.end() ? nullptr : &found->second;
}

Tree& Tree::member(std::string_view name) {
  if (!is_object()) *this = object();
  auto found = std::ranges::find(members, name, &std::pair<std::string, Tree>::first);
  return found != members.end() ? found->second : members.emplace_back(std::string(name), Tree()).second;
}

Tree& Tree::add(std::string_view name, Tree value) {
  members.emplace_back(std::string(name), std::move(value));
  return *this;
}

TreePath tree_path(std::string_view text) {
  TreePath path;
  const bool pointer = text.starts_with('/');
  if (pointer) text.remove_prefix(1);
  const char separator = pointer ? '/' : '.';
  for (;;) {
    const auto end = std::min(text.find(separator), text.size());
    std::string word;
    for (std::size_t i = 0; i < end; ++i) {
      const bool escaped = pointer && text[i] == '~' && i + 1 < end;
      word += escaped ? (text[++i] == '1' ? '/' : '~') : text[i];
    }
    path.push_back(std::move(word));
    if (end == text.size()) return path;
    text.remove_prefix(end + 1);
  }
}

const Tree* at_path(const Tree& root, const TreePath& path) {
  const auto* tree = &root;
  for (const auto& word : path) {
    if (tree->is_array()) {
      auto index = index_of(*tree, word);
      tree = index < tree->items.size() ? &tree->items[index] : nullptr;
    } else {
      tree = tree->find(word);
    }
    if (tree == nullptr) return nullptr;
  }
  return tree;
}

bool set_path(Tree& root, const TreePath& path, Tree value) {
  auto* tree = &root;
  for (const auto& word : path) {
    auto* next = step(*tree, word);
    if (next == nullptr && tree->is_array() && word == std::to_string(tree->items.size())) {
      next = &tree->items.emplace_back();
    } else if (next == nullptr && (tree->is_object() || tree->kind == json::Kind::null)) {
      next = &tree->member(word);
    }
    if (next == nullptr) return false;
    tree = next;
  }
  *tree = std::move(value);
  return true;
}

bool remove_path(Tree& root, const TreePath& path) {
  auto* tree = &root;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    tree = step(*tree, path[i]);
    if (tree == nullptr) return false;
  }
  if (tree->is_array()) {
    auto index = index_of(*tree, path.back());
    if (index >= tree->items.size()) return false;
    tree->items.erase(tree->items.begin() + static_cast<std::ptrdiff_t>(index));
    return true;
  }
  auto found = std::ranges::find(tree->members, path.back(), &std::pair<std::string, Tree>::first);
  if (found == tree->members.end()) return false;
  tree->members.erase(found);
  return true;
}

void fill_number(Tree& tree, std::string_view number) {
  if (tree.kind == json::Kind::string)
    for (auto at = tree.text.find("{n}"); at != tree.text.npos; at = tree.text.find("{n}", at + number.size()))
      tree.text.replace(at, 3, number);
  for (auto& item : tree.items) fill_number(item, number);
  for (auto& [name, value] : tree.members) fill_number(value, number);
}

bool has_number(const Tree& tree) {
  return (tree.kind == json::Kind::string && tree.text.find("{n}") != tree.text.npos) ||
         std::ranges::any_of(tree.items, has_number) ||
         std::ranges::any_of(tree.members, [](const auto& member) { return has_number(member.second); });
}

void write(const Tree& tree, std::string& out) {
  switch (tree.kind) {
    case json::Kind::null:
      out += "null";
      break;
    case json::Kind::boolean:
      out += tree.truth ? "true" : "false";
      break;
    case json::Kind::number:
      out += tree.text;
      break;
    case json::Kind::string:
      json::write_string(tree.text, out);
      break;
    case json::Kind::array:
      out += '[';
      for (const auto& item : tree.items) {
        if (&item != tree.items.data()) out += ',';
        write(item, out);
      }
      out += ']';
      break;
    case json::Kind::object:
      out += '{';
      for (const auto& member : tree.members) {
        if (&member != tree.members.data()) out += ',';
        json::write_string(member.first, out);
        out += ':';
        write(member.second, out);
      }
      out += '}';
      break;
  }
}

std::string to_json(const Tree& tree) {
  std::string out;
  write(tree, out);
  return out;
}

std::string to_yaml(const Tree& tree, std::size_t indent) {
  std::string out;
  write_yaml(tree, indent, true, out);
  // It began behind nothing: without the space that stands behind "name:".
  return out.substr(1);
}

void differences(const Tree& expected, const Tree& actual, const std::string& path, std::vector<Difference>& out) {
  if (out.size() >= differences_limit) return;
  auto inside = [&](std::string_view name) {
    auto pointer = path;
    json::append_pointer(pointer, name);
    return pointer;
  };
  if (expected.is_object() && actual.is_object()) {
    for (const auto& [name, value] : expected.members) {
      if (const auto* other = actual.find(name))
        differences(value, *other, inside(name), out);
      else
        out.push_back({inside(name), to_json(value), {}});
    }
    for (const auto& [name, value] : actual.members)
      if (expected.find(name) == nullptr) out.push_back({inside(name), {}, to_json(value)});
    return;
  }
  if (expected.is_array() && actual.is_array()) {
    for (std::size_t i = 0; i < std::max(expected.items.size(), actual.items.size()); ++i) {
      const auto pointer = path + "/" + std::to_string(i);
      if (i >= actual.items.size())
        out.push_back({pointer, to_json(expected.items[i]), {}});
      else if (i >= expected.items.size())
        out.push_back({pointer, {}, to_json(actual.items[i])});
      else
        differences(expected.items[i], actual.items[i], pointer, out);
    }
    return;
  }
  const bool scalars = !expected.is_object() && !expected.is_array() && !actual.is_object() && !actual.is_array();
  if (!scalars || !is_equal_scalar(expected, actual)) out.push_back({path, to_json(expected), to_json(actual)});
}

}  // namespace simpul::trial
